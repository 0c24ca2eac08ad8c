-- grain: one row a stretch of both time axes for which statements of a series differ
-- Statements of two sources that cover one stretch with two rates, both since the same time, or the older one confirmed
-- since. An older rate that nobody confirmed is the past, no conflict.
with rated as (
    select
        candidate.series_id,
        candidate.valid_from,
        candidate.valid_to,
        candidate.known_from,
        candidate.known_to,
        candidate.fact_id,
        candidate.amount,
        candidate.place,
        candidate.chosen_by,
        stated.source_id,
        stated.valid_from as stated_from,
        stated.last_confirmed_at,
        max(case when candidate.place = 1 then candidate.amount end) over (
            partition by candidate.series_id, candidate.valid_from, candidate.known_from
        ) as taken_amount,
        max(case when candidate.place = 1 then stated.source_id end) over (
            partition by candidate.series_id, candidate.valid_from, candidate.known_from
        ) as taken_source_id,
        max(case when candidate.place = 1 then stated.valid_from end) over (
            partition by candidate.series_id, candidate.valid_from, candidate.known_from
        ) as taken_from
    from marts.api_price_candidate as candidate
    inner join facts.api_price as stated on candidate.fact_id = stated.fact_id
),

disputed as (
    select *
    from rated
    where
        place = 1
        or (
            amount <> taken_amount
            and source_id <> taken_source_id
            and (stated_from is not distinct from taken_from or last_confirmed_at > taken_from)
        )
)

select
    disputed.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    disputed.valid_from,
    disputed.valid_to,
    disputed.known_from,
    disputed.known_to,
    array_sort(array_agg(disputed.source_id)) as sources,
    array_sort(array_agg(concat(disputed.source_id, ': ', cast(disputed.amount as varchar)))) as rates,
    cast(max(disputed.amount) as double) / nullif(cast(min(disputed.amount) as double), 0) as ratio,
    min(case when disputed.place = 1 then disputed.fact_id end) as chosen_fact_id,
    min(disputed.taken_source_id) as chosen_source_id,
    min(case when disputed.place = 1 then disputed.chosen_by end) as why,
    array_sort(array_agg(disputed.fact_id)) as fact_ids
from disputed
inner join ref.price_series as series on disputed.series_id = series.series_id
group by
    disputed.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    disputed.valid_from,
    disputed.valid_to,
    disputed.known_from,
    disputed.known_to
having count(*) > 1
