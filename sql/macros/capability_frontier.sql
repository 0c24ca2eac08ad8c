-- The Pareto frontier of cost and score at an instant, in UTC, by what was known then, with the columns of
-- marts.capability_frontier; another hit rate may be given for the cache-aware blend.
create or replace macro capability_frontier(as_of, cache_hit_rate := 0.9) as table
with method as (
    select
        listed.method,
        cast(listed.input_per_output as double) as input_per_output,
        case when listed.method = 'cache_aware' then cast(cache_hit_rate as double) end as hit_rate
    from (
        values
        ('run_cost', null),
        ('blend_3_1', 3),
        ('blend_1_1', 1),
        ('cache_aware', 3)
    ) as listed (method, input_per_output)
),

point as (
    select
        method.method,
        method.hit_rate,
        stated.benchmark_id,
        stated.variant,
        stated.fact_id,
        stated.model_id,
        stated.source_model,
        stated.harness,
        stated.effort,
        stated.score,
        price.provider_id,
        price.sku,
        price.input_fact_id,
        price.output_fact_id,
        case when method.hit_rate is not null then price.cache_read_fact_id end as cache_read_fact_id,
        utc(as_of) as instant,
        case
            when method.method = 'run_cost' then cast(stated.cost_to_run_usd as double)
            else round(
                (
                    method.input_per_output * case
                        when method.hit_rate is null then price.input_usd_per_mtok
                        else
                            method.hit_rate * price.cache_read_usd_per_mtok
                            + (1 - method.hit_rate) * price.input_usd_per_mtok
                    end
                    + price.output_usd_per_mtok
                ) / (method.input_per_output + 1),
                9
            )
        end as its_cost
    from facts.capability_score as stated
    cross join method
    left join facts.capability_score as newer
        on stated.superseded_by = newer.fact_id and newer.known_from <= utc(as_of)
    left join marts.model_price as price
        on
            method.method <> 'run_cost'
            and price.knowledge = 'then'
            and stated.model_id = price.model_id
            and price.in_force_from <= utc(as_of)
            and (price.in_force_to is null or price.in_force_to > utc(as_of))
    where
        stated.modality = 'observed'
        and stated.status <> 'retracted'
        and stated.confidence <> 'X'
        and stated.known_from <= utc(as_of)
        and (stated.known_to is null or stated.known_to > utc(as_of))
        and newer.fact_id is null
),

counted as (
    select
        point.*,
        count(*) filter (where point.its_cost is null) over (
            partition by point.benchmark_id, point.variant, point.method, point.hit_rate
        ) as excluded
    from point
),

placed as (
    select
        counted.*,
        max(counted.score) over (
            partition by counted.benchmark_id, counted.variant, counted.method, counted.hit_rate
            order by counted.its_cost
            range between unbounded preceding and current row
        ) as best_so_far,
        max(counted.score) over (
            partition by counted.benchmark_id, counted.variant, counted.method, counted.hit_rate
            order by counted.its_cost
            range between unbounded preceding and current row
            exclude group
        ) as best_for_less
    from counted
    where counted.its_cost is not null
),

judged as (
    select
        placed.*,
        placed.score = placed.best_so_far
        and (placed.best_for_less is null or placed.score > placed.best_for_less) as on_frontier
    from placed
)

select
    judged.instant as as_of,
    judged.benchmark_id,
    judged.variant,
    judged.method,
    judged.hit_rate,
    judged.fact_id as score_fact_id,
    judged.model_id,
    judged.source_model,
    judged.harness,
    judged.effort,
    judged.score,
    judged.its_cost as cost, -- noqa: RF04
    judged.provider_id,
    judged.sku,
    judged.on_frontier,
    judged.excluded,
    case
        when not judged.on_frontier then min(case when judged.on_frontier then judged.fact_id end) over (
            partition by
                judged.benchmark_id, judged.variant, judged.method, judged.hit_rate, judged.best_so_far
        )
    end as dominated_by,
    list_filter(
        [judged.fact_id, judged.input_fact_id, judged.output_fact_id, judged.cache_read_fact_id],
        lambda x: x is not null
    ) as fact_ids
from judged;
