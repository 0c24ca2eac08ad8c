-- grain: one row a SKU's list and a time in which its rate of a cache hit and its uncached rate both stand
-- The ratio hit / miss through time, as known at the release, from the SKU's own two rates alone. The ratio before is
-- that of the list's stretch that ended just then, so a first row, or one after a hole, has none.
with rate as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from marts.api_price
    where known_to is null
),

paired as (
    select
        miss.provider_id,
        miss.sku,
        miss.token_class,
        miss.service_tier,
        miss.context_over_tokens,
        miss.price_window_id,
        miss.region,
        miss.currency,
        miss.model_id,
        greatest(miss.valid_start, hit.valid_start) as both_start,
        least(miss.valid_end, hit.valid_end) as both_end,
        miss.amount as input_rate,
        hit.amount as read_rate,
        cast(hit.amount as double) / cast(miss.amount as double) as read_multiple,
        array_sort([miss.fact_id, hit.fact_id]) as fact_ids
    from rate as miss
    inner join rate as hit
        on
            miss.provider_id = hit.provider_id
            and miss.sku = hit.sku
            and miss.service_tier = hit.service_tier
            and miss.context_over_tokens = hit.context_over_tokens
            and miss.price_window_id is not distinct from hit.price_window_id
            and miss.region is not distinct from hit.region
            and miss.currency = hit.currency
            and miss.valid_end > hit.valid_start
            and miss.valid_start < hit.valid_end
    where miss.token_class = 'input' and hit.token_class = 'cache_read' and miss.amount > 0
),

ordered as (
    select
        *,
        lag(both_end) over list_time as earlier_end,
        lag(read_multiple) over list_time as earlier_multiple
    from paired
    window
        list_time as (
            partition by
                provider_id, sku, service_tier, context_over_tokens, price_window_id, region, currency
            order by both_start
        )
)

select
    provider_id,
    sku,
    token_class,
    service_tier,
    context_over_tokens,
    price_window_id,
    region,
    currency,
    model_id,
    nullif(both_start, timestamp '0001-01-01') as valid_from,
    nullif(both_end, timestamp '9999-12-31') as valid_to,
    input_rate,
    read_rate,
    read_multiple,
    case when earlier_end = both_start then earlier_multiple end as previous_read_multiple,
    fact_ids
from ordered
