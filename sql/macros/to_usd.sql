-- An amount in US dollars, at the European Central Bank's reference rate of the day (days without a fixing carry the
-- last one). NULL where the day has no rate.
create or replace macro to_usd(amount, currency, on_date) as
case
    when currency = 'USD' then cast(amount as double)
    else cast(amount as double) * (
        select max(its_usd)
        from (
            select
                fx.currency as its_currency,
                fx.on_date as its_day,
                cast(fx.usd_per_unit as double) as its_usd
            from facts.fx_rate as fx
        ) as by_day
        where its_currency = currency and its_day = date_trunc('day', utc(on_date))
    )
end;
