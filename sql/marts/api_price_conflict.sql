-- grain: one row a stretch of both time axes for which statements of a series differ
-- Statements of two sources that cover one stretch with two rates. A rate that began before the chosen one, was stated
-- before that one was known, and was not confirmed since, is the past, no conflict.
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
        stated.known_from as stated_known_from,
        stated.last_confirmed_at
    from marts.api_price_candidate as candidate
    inner join facts.api_price as stated on candidate.fact_id = stated.fact_id
),

disputed as (
    select
        other.*,
        taken.fact_id as taken_fact_id,
        taken.source_id as taken_source_id,
        taken.chosen_by as taken_by
    from rated as taken
    inner join rated as other
        on
            taken.series_id = other.series_id
            and taken.valid_from is not distinct from other.valid_from
            and taken.known_from = other.known_from
    where
        taken.place = 1
        and (
            other.place = 1
            or (
                other.amount <> taken.amount
                and other.source_id <> taken.source_id
                and (
                    other.stated_from >= taken.stated_from
                    or other.stated_known_from > taken.stated_known_from
                    or other.last_confirmed_at > taken.stated_from
                    or (other.stated_from is null and other.stated_known_from >= taken.stated_from)
                )
            )
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
    min(disputed.taken_fact_id) as chosen_fact_id,
    min(disputed.taken_source_id) as chosen_source_id,
    min(disputed.taken_by) as why,
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
