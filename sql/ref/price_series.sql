-- grain: one row a price series
-- Every series that a source states; the input and output of every SKU of which any rate is stated; and every way of
-- caching a SKU whose list people keep. A rate that is missing is a gap with a series, not silence.
with stated as (
    select distinct
        provider_id,
        sku,
        token_class,
        service_tier,
        context_over_tokens,
        price_window_id,
        region,
        currency,
        unit
    from seeds.api_prices
    union
    select distinct
        provider_id,
        sku,
        token_class,
        service_tier,
        context_over_tokens,
        price_window_id,
        region,
        currency,
        unit
    from feeds.price_statement
),

expected as (
    select distinct
        stated.provider_id,
        stated.sku,
        token.token_class,
        stated.service_tier,
        stated.context_over_tokens,
        stated.price_window_id,
        stated.region,
        stated.currency,
        'currency_per_mtok' as unit
    from stated
    cross join ref.token_class as token
    where token.token_class in ('input', 'output')
    union
    select distinct
        curated.provider_id,
        curated.sku,
        token.token_class,
        'standard' as service_tier,
        0 as context_over_tokens,
        cast(null as varchar) as price_window_id,
        cast(null as varchar) as region,
        curated.currency,
        'currency_per_mtok' as unit
    from seeds.api_prices as curated
    cross join ref.token_class as token
    where
        token.token_class in ('cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h')
        and curated.unit = 'currency_per_mtok'
        and curated.region is null
),

series as (
    select * from stated
    union
    select * from expected
)

select
    *,
    row_number() over (
        order by
            provider_id,
            sku,
            token_class,
            service_tier,
            context_over_tokens,
            price_window_id,
            region,
            currency,
            unit
    ) as series_id
from series
