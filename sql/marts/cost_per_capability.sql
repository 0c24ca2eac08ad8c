-- grain: one row a score, a method, a hit rate and a date whose prices it is reckoned at
-- Blend = (a p + o) / (a + 1), a tokens read for one written; cache-aware, p = h p_hit + (1 - h) p_miss, p_miss the
-- uncached rate. Cost per solved task = cost of the run / (tasks x share solved). Cost-of-pass v = C / R, the cost of
-- an attempt over the share solved (arXiv 2504.13359): C as the run's cost is stated, and from its tokens at the list
-- rates of a date, without any cache. A date's price is the one in force when its day ended, as known at the release; a
-- price that came later stands beside it and is never stamped on the date. Today is the last day a price became known.
with score as (
    select
        stated.*,
        case benchmark.scale when 'percent' then 0.01 when 'share' then 1.0 end as share_of_one,
        case
            when stated.valid_from_basis <> 'release_date' and stated.valid_precision in ('day', 'instant')
                then date_trunc('day', stated.valid_from)
        end as evaluated_on,
        case
            when model.released_precision in ('day', 'instant') then date_trunc('day', model.released_on)
        end as released_on
    from facts.capability_score as stated
    inner join ref.benchmark as benchmark on stated.benchmark_id = benchmark.benchmark_id
    left join ref.model as model on stated.model_id = model.model_id
    where stated.status in ('active', 'disputed') and stated.known_to is null and stated.modality = 'observed'
),

price as (
    select *
    from marts.model_price
    where knowledge = 'now'
),

today as (
    select max(known_from) as newest
    from marts.api_price
),

latest as (
    select
        price.*,
        date_trunc('day', least(coalesce(price.in_force_to, today.newest), today.newest)) as as_of
    from price
    cross join today
    where price.in_force_from <= today.newest
    qualify row_number() over (partition by price.model_id order by price.in_force_from desc) = 1
),

dated as (
    select
        fact_id,
        model_id,
        'release' as as_of_basis,
        released_on as as_of
    from score
    where model_id is not null and released_on is not null
    union all
    select
        fact_id,
        model_id,
        'evaluation' as as_of_basis,
        evaluated_on as as_of
    from score
    where model_id is not null and evaluated_on is not null
    union all
    select
        score.fact_id,
        score.model_id,
        'latest' as as_of_basis,
        latest.as_of
    from score
    inner join latest on score.model_id = latest.model_id
),

reckoned as (
    select
        asked.model_id,
        asked.as_of_basis,
        asked.as_of,
        price.* exclude (model_id)
    from (
        select distinct
            model_id,
            as_of_basis,
            as_of
        from dated
        where as_of_basis <> 'latest'
    ) as asked
    left join price
        on
            asked.model_id = price.model_id
            and price.in_force_from < asked.as_of + interval 1 day
            and (price.in_force_to is null or price.in_force_to >= asked.as_of + interval 1 day)
    union all
    select
        model_id,
        'latest' as as_of_basis,
        as_of,
        latest.* exclude (model_id, as_of)
    from latest
),

method as (
    select
        listed.method,
        cast(listed.input_per_output as double) as input_per_output,
        cast(listed.hit_rate as double) as hit_rate
    from (
        values
        ('blend_3_1', 3, null),
        ('blend_1_1', 1, null),
        ('cache_aware', 3, 0.5),
        ('cache_aware', 3, 0.9)
    ) as listed (method, input_per_output, hit_rate)
),

input_side as (
    select
        reckoned.*,
        method.*,
        case
            when method.hit_rate is null then reckoned.input_usd_per_mtok
            else
                method.hit_rate * reckoned.cache_read_usd_per_mtok
                + (1 - method.hit_rate) * reckoned.input_usd_per_mtok
        end as input_side,
        case
            when method.hit_rate is null then reckoned.input_usd_per_mtok_low
            else
                method.hit_rate * reckoned.cache_read_usd_per_mtok_low
                + (1 - method.hit_rate) * reckoned.input_usd_per_mtok_low
        end as input_side_low,
        case
            when method.hit_rate is null then reckoned.input_usd_per_mtok_high
            else
                method.hit_rate * reckoned.cache_read_usd_per_mtok_high
                + (1 - method.hit_rate) * reckoned.input_usd_per_mtok_high
        end as input_side_high
    from reckoned
    cross join method
),

blended as (
    select
        *,
        (input_per_output * input_side + output_usd_per_mtok) / (input_per_output + 1) as usd,
        (input_per_output * input_side_low + output_usd_per_mtok_low) / (input_per_output + 1) as usd_low,
        (input_per_output * input_side_high + output_usd_per_mtok_high) / (input_per_output + 1) as usd_high
    from input_side
),

quoted as (
    select
        blended.*,
        newer.usd as newer_usd,
        case when newer.currency = blended.currency then newer.usd / nullif(blended.usd, 0) end as newer_over_usd,
        list_concat(
            coalesce(blended.fact_ids, []),
            [
                newer.input_fact_id,
                newer.output_fact_id,
                case when newer.hit_rate is not null then newer.cache_read_fact_id end
            ]
        ) as price_fact_ids
    from blended
    left join blended as newer
        on
            blended.model_id = newer.model_id
            and blended.method = newer.method
            and blended.hit_rate is not distinct from newer.hit_rate
            and newer.as_of_basis = 'latest'
),

attempt as (
    select
        dated.fact_id,
        reckoned.*,
        (
            cast(score.input_tokens as double) * reckoned.input_usd_per_mtok
            + cast(score.output_tokens as double) * reckoned.output_usd_per_mtok
        ) / 1e6 / score.tasks as usd,
        (
            cast(score.input_tokens as double) * reckoned.input_usd_per_mtok_low
            + cast(score.output_tokens as double) * reckoned.output_usd_per_mtok_low
        ) / 1e6 / score.tasks as usd_low,
        (
            cast(score.input_tokens as double) * reckoned.input_usd_per_mtok_high
            + cast(score.output_tokens as double) * reckoned.output_usd_per_mtok_high
        ) / 1e6 / score.tasks as usd_high
    from score
    inner join dated on score.fact_id = dated.fact_id
    inner join reckoned
        on
            dated.model_id = reckoned.model_id
            and dated.as_of_basis = reckoned.as_of_basis
            and dated.as_of = reckoned.as_of
    where score.input_tokens is not null and score.output_tokens is not null and score.tasks is not null
),

line as (
    select
        dated.fact_id as score_fact_id,
        quoted.method,
        quoted.hit_rate,
        quoted.input_per_output,
        quoted.as_of_basis,
        quoted.as_of,
        quoted.usd as usd_per_mtok_blended,
        quoted.usd_low as usd_per_mtok_low,
        quoted.usd_high as usd_per_mtok_high,
        quoted.newer_usd as usd_per_mtok_latest,
        quoted.newer_over_usd as latest_over_in_force,
        cast(null as varchar) as attempt_cost_from,
        cast(null as double) as usd_per_attempt,
        cast(null as double) as usd_per_attempt_low,
        cast(null as double) as usd_per_attempt_high,
        quoted.provider_id,
        quoted.sku,
        quoted.price_window_id,
        quoted.is_first_party,
        quoted.sellers,
        case when quoted.provider_id is not null and quoted.usd is null then 'no cache price is stated' end as reason,
        quoted.price_fact_ids
    from dated
    inner join quoted
        on
            dated.model_id = quoted.model_id
            and dated.as_of_basis = quoted.as_of_basis
            and dated.as_of = quoted.as_of
    union all
    select
        attempt.fact_id as score_fact_id,
        'cost_of_pass' as method,
        cast(null as double) as hit_rate,
        cast(null as double) as input_per_output,
        attempt.as_of_basis,
        attempt.as_of,
        cast(null as double) as usd_per_mtok_blended,
        cast(null as double) as usd_per_mtok_low,
        cast(null as double) as usd_per_mtok_high,
        cast(null as double) as usd_per_mtok_latest,
        case when newer.currency = attempt.currency then newer.usd / nullif(attempt.usd, 0) end as latest_over_in_force,
        'tokens at list rates' as attempt_cost_from,
        attempt.usd as usd_per_attempt,
        attempt.usd_low as usd_per_attempt_low,
        attempt.usd_high as usd_per_attempt_high,
        attempt.provider_id,
        attempt.sku,
        attempt.price_window_id,
        attempt.is_first_party,
        attempt.sellers,
        cast(null as varchar) as reason,
        list_concat(coalesce(attempt.fact_ids, []), [newer.input_fact_id, newer.output_fact_id]) as price_fact_ids
    from attempt
    left join attempt as newer on attempt.fact_id = newer.fact_id and newer.as_of_basis = 'latest'
    union all
    select
        score.fact_id as score_fact_id,
        stated.method,
        cast(null as double) as hit_rate,
        cast(null as double) as input_per_output,
        'run' as as_of_basis,
        coalesce(score.evaluated_on, date_trunc('day', score.known_from)) as as_of,
        cast(null as double) as usd_per_mtok_blended,
        cast(null as double) as usd_per_mtok_low,
        cast(null as double) as usd_per_mtok_high,
        cast(null as double) as usd_per_mtok_latest,
        cast(null as double) as latest_over_in_force,
        'stated cost of the run' as attempt_cost_from,
        cast(score.cost_to_run_usd as double) / score.tasks as usd_per_attempt,
        cast(score.cost_to_run_usd as double) / score.tasks as usd_per_attempt_low,
        cast(score.cost_to_run_usd as double) / score.tasks as usd_per_attempt_high,
        cast(null as varchar) as provider_id,
        cast(null as varchar) as sku,
        cast(null as varchar) as price_window_id,
        cast(null as boolean) as is_first_party,
        cast(null as bigint) as sellers,
        case when score.tasks is null then 'the number of tasks is not stated' end as reason,
        [] as price_fact_ids
    from score
    cross join (values ('run_cost'), ('cost_of_pass')) as stated (method)
    where score.cost_to_run_usd is not null
)

select
    line.score_fact_id,
    line.method,
    line.hit_rate,
    line.as_of_basis,
    score.model_id,
    score.source_model,
    score.benchmark_id,
    score.variant,
    score.harness,
    score.effort,
    line.as_of,
    score.score,
    score.score_low,
    score.score_high,
    score.interval_level,
    line.input_per_output,
    line.usd_per_mtok_blended,
    line.usd_per_mtok_low,
    line.usd_per_mtok_high,
    line.usd_per_mtok_latest,
    line.latest_over_in_force,
    score.tasks,
    line.attempt_cost_from,
    line.usd_per_attempt,
    line.usd_per_attempt / nullif(score.score * score.share_of_one, 0) as usd_per_solved,
    line.usd_per_attempt_low
    / nullif(coalesce(score.score_high, score.score) * score.share_of_one, 0) as usd_per_solved_low,
    line.usd_per_attempt_high
    / nullif(coalesce(score.score_low, score.score) * score.share_of_one, 0) as usd_per_solved_high,
    line.provider_id,
    line.sku,
    line.price_window_id,
    line.is_first_party,
    line.sellers,
    coalesce(
        case
            when line.provider_id is null and line.as_of_basis <> 'run'
                then 'no price is known to have been in force on that day'
        end,
        line.reason,
        case
            when line.attempt_cost_from is null then null
            when score.share_of_one is null then 'the score is no share of the tasks'
            when score.score = 0 then 'nothing was solved: the cost of a solution has no bound'
        end
    ) as reason,
    array_sort(
        list_distinct(
            list_filter(list_concat([line.score_fact_id], line.price_fact_ids), lambda x: x is not null)
        )
    ) as fact_ids
from line
inner join score on line.score_fact_id = score.fact_id
