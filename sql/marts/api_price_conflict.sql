-- grain: one row a rate that was chosen for a stretch of both time axes, where other statements differ from it
-- Statements of other lineages that cover a part of the stretch with another rate; the span is the part that they
-- cover. A rate that began before the chosen one, was stated before that one was known, and was not confirmed since, is
-- the past and no conflict; nor is what another of the same lineage has put right.
with stated as (
    select
        price.series_id,
        price.fact_id,
        price.source_id,
        coalesce(copy.copies_source_id, price.source_id) as lineage,
        price.amount,
        price.valid_from as stated_from,
        coalesce(
            price.valid_from,
            case when price.valid_to is null then price.known_from else timestamp '0001-01-01' end
        ) as valid_start,
        coalesce(price.valid_to, timestamp '9999-12-31') as valid_end,
        price.known_from,
        coalesce(price.known_to, timestamp '9999-12-31') as known_end,
        coalesce(price.last_confirmed_at, price.known_from) as confirmed_at
    from facts.api_price as price
    left join ref.source_copy as copy on price.source_id = copy.source_id
    where price.amount is not null and price.status not in ('retracted', 'superseded')
),

taken as (
    select
        price.series_id,
        price.valid_from,
        price.known_from,
        price.fact_id,
        price.source_id,
        price.chosen_by,
        price.amount,
        stated.lineage,
        coalesce(price.valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(price.valid_to, timestamp '9999-12-31') as valid_end,
        coalesce(price.known_to, timestamp '9999-12-31') as known_end
    from marts.api_price as price
    inner join stated on price.fact_id = stated.fact_id
),

differing as (
    select
        taken.series_id,
        taken.valid_from,
        taken.known_from,
        taken.fact_id as taken_fact_id,
        taken.source_id as taken_source_id,
        taken.chosen_by,
        taken.amount as taken_amount,
        other.fact_id,
        other.source_id,
        other.amount,
        greatest(taken.valid_start, other.valid_start) as valid_start,
        least(taken.valid_end, other.valid_end) as valid_end,
        greatest(taken.known_from, other.known_from) as known_start,
        least(taken.known_end, other.known_end) as known_end
    from taken
    inner join stated as other
        on
            taken.series_id = other.series_id
            and taken.amount <> other.amount
            and taken.source_id <> other.source_id
            and taken.lineage <> other.lineage
            and taken.valid_start < other.valid_end
            and taken.valid_end > other.valid_start
            and taken.known_from < other.known_end
            and taken.known_end > other.known_from
    where
        other.stated_from >= taken.valid_start
        or other.confirmed_at > taken.valid_start
        or (other.stated_from is null and other.known_from >= taken.valid_start)
)

select
    differing.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    nullif(min(differing.valid_start), timestamp '0001-01-01') as valid_from,
    nullif(max(differing.valid_end), timestamp '9999-12-31') as valid_to,
    min(differing.known_start) as known_from,
    nullif(max(differing.known_end), timestamp '9999-12-31') as known_to,
    array_sort(list_distinct(list_append(array_agg(differing.source_id), differing.taken_source_id))) as sources,
    array_sort(
        list_distinct(
            list_append(
                array_agg(concat(differing.source_id, ': ', cast(differing.amount as varchar))),
                concat(differing.taken_source_id, ': ', cast(differing.taken_amount as varchar))
            )
        )
    ) as rates,
    cast(greatest(max(differing.amount), differing.taken_amount) as double)
    / cast(least(min(differing.amount), differing.taken_amount) as double) as ratio,
    differing.taken_fact_id as chosen_fact_id,
    differing.taken_source_id as chosen_source_id,
    differing.chosen_by as why,
    array_sort(list_distinct(list_append(array_agg(differing.fact_id), differing.taken_fact_id))) as fact_ids
from differing
inner join ref.price_series as series on differing.series_id = series.series_id
group by
    differing.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    differing.valid_from,
    differing.known_from,
    differing.taken_fact_id,
    differing.taken_source_id,
    differing.chosen_by,
    differing.taken_amount
