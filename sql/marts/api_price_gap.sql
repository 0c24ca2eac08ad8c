-- grain: one row a stretch of both time axes in which a series has no rate
-- Before its first rate, between two, after its last; for the whole of time where no source states any, before any did,
-- and after all took it back. A stretch before the launch is not a gap in our sight; a list that ends where the other
-- currency's goes on is no longer stated.
with edge as (
    select
        series_id,
        valid_from,
        valid_to,
        known_from,
        known_to,
        fact_id,
        model_id,
        provider_id,
        sku,
        token_class,
        service_tier,
        price_window_id,
        currency,
        valid_from_basis,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from marts.api_price
),

known_cut as (
    select
        series_id,
        known_from as cut
    from edge
    union
    select
        series_id,
        known_to as cut
    from edge
    where known_to is not null
),

known_span as (
    select
        series_id,
        cut as known_from,
        lead(cut) over (partition by series_id order by cut) as known_to
    from known_cut
),

standing as (
    select
        edge.series_id,
        edge.valid_start,
        edge.valid_end,
        edge.fact_id,
        edge.model_id,
        known_span.known_from,
        known_span.known_to,
        lag(edge.valid_end) over (
            partition by edge.series_id, known_span.known_from order by edge.valid_start
        ) as previous_end,
        lead(edge.fact_id) over (
            partition by edge.series_id, known_span.known_from order by edge.valid_start
        ) as next_fact_id
    from edge
    inner join known_span
        on
            edge.series_id = known_span.series_id
            and edge.known_from <= known_span.known_from
            and (edge.known_to is null or edge.known_to > known_span.known_from)
),

gap as (
    select
        series_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        cast(null as timestamp) as known_from,
        min(known_from) as known_to,
        'before_first_sight' as reason,
        array_sort(array_agg(distinct fact_id)) as fact_ids
    from edge
    group by series_id
    union all
    select
        known_span.series_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        known_span.known_from,
        known_span.known_to,
        'removed' as reason,
        array_sort(array_agg(distinct edge.fact_id)) as fact_ids
    from known_span
    inner join edge on known_span.series_id = edge.series_id
    left join standing on known_span.series_id = standing.series_id and known_span.known_from = standing.known_from
    where standing.series_id is null
    group by known_span.series_id, known_span.known_from, known_span.known_to
    union all
    select
        standing.series_id,
        cast(null as timestamp) as valid_from,
        standing.valid_start as valid_to,
        standing.known_from,
        standing.known_to,
        case
            when stated.valid_from_basis in ('documented', 'release_date') then 'not_launched'
            when model.released_on >= date_trunc('day', standing.valid_start) then 'not_launched'
            else 'before_first_sight'
        end as reason,
        [standing.fact_id] as fact_ids
    from standing
    inner join facts.api_price as stated on standing.fact_id = stated.fact_id
    left join ref.model as model on standing.model_id = model.model_id
    where standing.previous_end is null and standing.valid_start > timestamp '0001-01-01'
    union all
    select
        series_id,
        previous_end as valid_from,
        valid_start as valid_to,
        known_from,
        known_to,
        'feed_gap' as reason,
        [fact_id] as fact_ids
    from standing
    where previous_end < valid_start
    union all
    select
        standing.series_id,
        standing.valid_end as valid_from,
        cast(null as timestamp) as valid_to,
        standing.known_from,
        standing.known_to,
        case
            when count(other_list.fact_id) > 0 then 'field_absent'
            when stated.valid_from_basis in ('documented', 'release_date') then 'retired'
            else 'removed'
        end as reason,
        [standing.fact_id] as fact_ids
    from standing
    inner join facts.api_price as stated on standing.fact_id = stated.fact_id
    left join edge as other_list
        on
            stated.provider_id = other_list.provider_id
            and stated.sku = other_list.sku
            and stated.token_class = other_list.token_class
            and stated.service_tier = other_list.service_tier
            and stated.price_window_id is not distinct from other_list.price_window_id
            and stated.currency <> other_list.currency
            and other_list.known_to is null
            and standing.valid_end >= other_list.valid_start
            and standing.valid_end < other_list.valid_end
    where standing.next_fact_id is null and standing.valid_end < timestamp '9999-12-31'
    group by
        standing.series_id,
        standing.valid_end,
        standing.known_from,
        standing.known_to,
        standing.fact_id,
        stated.valid_from_basis
    union all
    select
        series.series_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        cast(null as timestamp) as known_from,
        cast(null as timestamp) as known_to,
        'field_absent' as reason,
        array_sort(array_agg(sibling.fact_id)) as fact_ids
    from ref.price_series as series
    left join facts.api_price as own on series.series_id = own.series_id
    inner join facts.api_price as sibling
        on
            series.provider_id = sibling.provider_id
            and series.sku = sibling.sku
            and series.service_tier = sibling.service_tier
            and series.context_over_tokens = sibling.context_over_tokens
            and series.price_window_id is not distinct from sibling.price_window_id
            and series.region is not distinct from sibling.region
            and series.currency = sibling.currency
    where own.fact_id is null
    group by series.series_id
)

select
    gap.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    gap.valid_from,
    gap.valid_to,
    gap.known_from,
    gap.known_to,
    gap.reason,
    gap.fact_ids
from gap
inner join ref.price_series as series on gap.series_id = series.series_id
