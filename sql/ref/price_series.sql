-- grain: one row a price series
-- Every series that a source states, and the input and output of every SKU of which any rate is stated: a rate that is
-- missing is a gap with a series, not silence.
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
