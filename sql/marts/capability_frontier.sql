-- grain: one row a score of known cost, a way to cost it, a hit rate and a date
-- Who is on the Pareto frontier by what was known then: scores that their sources had stated and not taken back, and
-- list rates in force that were known to be. A point is dominated if another costs no more and scores no less, one of
-- the two strictly; exact ties stay. A score whose cost is unknown is no point, and counted. Dates are the first of
-- each month after one in which a score of the same benchmark and variant became known, and the newest day on which any
-- score or price did; the macro capability_frontier(as_of) answers for any instant.
with score as (
    select
        stated.fact_id,
        stated.model_id,
        stated.source_model,
        stated.benchmark_id,
        stated.variant,
        stated.harness,
        stated.effort,
        stated.score,
        cast(stated.cost_to_run_usd as double) as cost_to_run_usd,
        max(stated.cost_to_run_usd) over (partition by stated.benchmark_id, stated.variant) is not null
            as board_has_costs,
        stated.known_from,
        least(
            coalesce(stated.known_to, timestamp '9999-12-31'), coalesce(newer.known_from, timestamp '9999-12-31')
        ) as known_end
    from facts.capability_score as stated
    left join facts.capability_score as newer on stated.superseded_by = newer.fact_id
    where stated.modality = 'observed' and stated.status <> 'retracted' and stated.confidence <> 'X'
),

price as (
    select *
    from marts.model_price
    where knowledge = 'then'
),

newest as (
    select greatest(max(known_from), (select max(known_from) from marts.api_price)) as instant
    from score
),

listed as (
    select distinct
        score.benchmark_id,
        score.variant,
        date_trunc('month', score.known_from) + interval 1 month as as_of
    from score
    cross join newest
    where date_trunc('month', score.known_from) + interval 1 month < newest.instant
    union
    select
        score.benchmark_id,
        score.variant,
        newest.instant as as_of
    from score
    cross join newest
),

priced as (
    select
        asked.as_of,
        price.*
    from (select distinct as_of from listed) as asked
    inner join price
        on asked.as_of >= price.in_force_from and (price.in_force_to is null or asked.as_of < price.in_force_to)
),

method as (
    select
        listed.method,
        cast(listed.input_per_output as double) as input_per_output,
        cast(listed.hit_rate as double) as hit_rate
    from (
        values
        ('run_cost', null, null),
        ('blend_3_1', 3, null),
        ('blend_1_1', 1, null),
        ('cache_aware', 3, 0.9)
    ) as listed (method, input_per_output, hit_rate)
),

point as (
    select
        listed.as_of,
        score.* exclude (known_from, known_end, board_has_costs),
        method.method,
        method.hit_rate,
        case
            when method.method = 'run_cost' then score.cost_to_run_usd
            else
                round(
                    (
                        method.input_per_output * case
                            when method.hit_rate is null then priced.input_usd_per_mtok
                            else
                                method.hit_rate * priced.cache_read_usd_per_mtok
                                + (1 - method.hit_rate) * priced.input_usd_per_mtok
                        end
                        + priced.output_usd_per_mtok
                    ) / (method.input_per_output + 1),
                    9
                )
        end as cost,
        priced.provider_id,
        priced.sku
    from listed
    inner join score
        on
            listed.benchmark_id = score.benchmark_id
            and listed.variant = score.variant
            and listed.as_of >= score.known_from
            and listed.as_of < score.known_end
    cross join method
    left join priced
        on method.method <> 'run_cost' and listed.as_of = priced.as_of and score.model_id = priced.model_id
    where method.method <> 'run_cost' or score.board_has_costs
),

counted as (
    select
        *,
        count(*) filter (where cost is null) over (
            partition by as_of, benchmark_id, variant, method, hit_rate
        ) as excluded
    from point
),

at_cost as (
    select
        as_of,
        benchmark_id,
        variant,
        method,
        hit_rate,
        cost,
        max(score) as best,
        max(max(score)) over (
            partition by as_of, benchmark_id, variant, method, hit_rate
            order by cost
            rows between unbounded preceding and 1 preceding
        ) as best_for_less
    from counted
    where cost is not null
    group by as_of, benchmark_id, variant, method, hit_rate, cost
),

placed as (
    select
        counted.*,
        greatest(at_cost.best, coalesce(at_cost.best_for_less, at_cost.best)) as best_so_far,
        counted.score = at_cost.best
        and (at_cost.best_for_less is null or at_cost.best > at_cost.best_for_less) as on_frontier
    from counted
    inner join at_cost
        on
            counted.as_of = at_cost.as_of
            and counted.benchmark_id = at_cost.benchmark_id
            and counted.variant = at_cost.variant
            and counted.method = at_cost.method
            and counted.hit_rate is not distinct from at_cost.hit_rate
            and counted.cost = at_cost.cost
)

select
    placed.as_of,
    placed.benchmark_id,
    placed.variant,
    placed.method,
    placed.hit_rate,
    placed.fact_id as score_fact_id,
    placed.model_id,
    placed.source_model,
    placed.harness,
    placed.effort,
    placed.score,
    placed.cost,
    placed.provider_id,
    placed.sku,
    placed.on_frontier,
    placed.excluded,
    case
        when not placed.on_frontier then min(case when placed.on_frontier then placed.fact_id end) over (
            partition by
                placed.as_of, placed.benchmark_id, placed.variant, placed.method, placed.hit_rate, placed.best_so_far
        )
    end as dominated_by,
    list_filter(
        [
            placed.fact_id,
            priced.input_fact_id,
            priced.output_fact_id,
            case when placed.hit_rate is not null then priced.cache_read_fact_id end
        ],
        lambda x: x is not null
    ) as fact_ids
from placed
left join priced
    on placed.method <> 'run_cost' and placed.as_of = priced.as_of and placed.model_id = priced.model_id
