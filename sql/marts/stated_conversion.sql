-- grain: one row a rate that its source also converts into another currency
-- The exchange rate that the conversion implies, with what its rounding allows, beside the market's rate of the day of
-- the statement.
with converted as (
    select
        price.fact_id,
        price.amount,
        price.currency,
        price.stated_conversion_amount as stated_amount,
        price.stated_conversion_currency as stated_currency,
        cast(price.stated_conversion_low as double) / cast(price.amount as double) as implied_rate_low,
        cast(price.stated_conversion_amount as double) / cast(price.amount as double) as implied_rate,
        cast(price.stated_conversion_high as double) / cast(price.amount as double) as implied_rate_high,
        own.on_date,
        cast(own.usd_per_unit as double) / cast(other.usd_per_unit as double) as market_rate
    from facts.api_price as price
    left join facts.fx_rate as own
        on price.currency = own.currency and date_trunc('day', price.known_from) = own.on_date
    left join facts.fx_rate as other
        on price.stated_conversion_currency = other.currency and own.on_date = other.on_date
    where price.stated_conversion_amount is not null
)

select
    *,
    implied_rate / market_rate - 1 as difference_share,
    market_rate >= implied_rate_low and market_rate < implied_rate_high as within_rounding,
    [fact_id] as fact_ids
from converted
