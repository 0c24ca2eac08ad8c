-- grain: one row a currency and a day
-- US dollars for one unit: the euro's rate of the dollar over the euro's rate of the currency, both of one fixing.
with dollar as (
    select
        on_date,
        units_per_eur
    from feeds.ecb_rate
    where currency = 'USD'
)

select
    rate.currency,
    rate.on_date,
    cast(cast(dollar.units_per_eur as double) / cast(rate.units_per_eur as double) as decimal(24, 12)) as usd_per_unit,
    rate.fixed_on < rate.on_date as is_carried,
    rate.fixed_on,
    'ecb-reference-rates' as source_id
from feeds.ecb_rate as rate
inner join dollar on rate.on_date = dollar.on_date
