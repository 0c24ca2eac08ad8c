-- The rates in force at an instant, as known at another, both in UTC: one row a series, windows evaluated, with the
-- model that the SKU then meant. A rate of a window that is open takes the place of the one for all hours;
-- marts.api_price_gap says why a series has no row.
create or replace macro price_in_force(valid_at, known_at) as table
with span as (
    select
        time_window.price_window_id,
        time_window.weekdays,
        time_window.holiday_calendar,
        time_window.complement_of,
        cast(time_window.start_time as time) as opens,
        cast(time_window.end_time as time) as closes,
        utc(valid_at) at time zone 'UTC' at time zone time_window.time_zone as local_time
    from ref.price_window as time_window
    where
        (time_window.valid_from is null or time_window.valid_from <= utc(valid_at))
        and (time_window.valid_to is null or time_window.valid_to > utc(valid_at))
        and time_window.known_from <= utc(known_at)
        and (time_window.known_to is null or time_window.known_to > utc(known_at))
),

begun as (
    select
        *,
        case
            when opens < closes
                and cast(local_time as time) >= opens and cast(local_time as time) < closes
                then date_trunc('day', local_time)
            when opens >= closes and cast(local_time as time) >= opens then date_trunc('day', local_time)
            when opens >= closes and cast(local_time as time) < closes
                then date_trunc('day', local_time) - interval 1 day
        end as began_on
    from span
    where complement_of is null
),

base_window as (
    select
        begun.price_window_id,
        bool_or(
            begun.began_on is not null
            and contains(begun.weekdays, cast(isodow(begun.began_on) as varchar))
            and holiday.on_date is null
        ) as is_open
    from begun
    left join ref.holiday as holiday
        on begun.holiday_calendar = holiday.holiday_calendar and begun.began_on = holiday.on_date
    group by begun.price_window_id
),

time_window as (
    select * from base_window
    union all
    select
        span.price_window_id,
        not bool_or(base_window.is_open) as is_open
    from span
    inner join base_window on span.complement_of = base_window.price_window_id
    group by span.price_window_id
)

select
    price.* exclude (model_id),
    coalesce(named.model_id, price.model_id) as model_id
from marts.api_price as price
left join time_window on price.price_window_id = time_window.price_window_id
left join ref.model_alias as named
    on
        concat(price.provider_id, '-api') = named.namespace
        and price.sku = named.alias
        and (named.valid_from is null or named.valid_from <= utc(valid_at))
        and (named.valid_to is null or named.valid_to > utc(valid_at))
where
    (price.valid_from is null or price.valid_from <= utc(valid_at))
    and (price.valid_to is null or price.valid_to > utc(valid_at))
    and price.known_from <= utc(known_at)
    and (price.known_to is null or price.known_to > utc(known_at))
    and (price.price_window_id is null or time_window.is_open)
qualify row_number() over (
    partition by
        price.provider_id,
        price.sku,
        price.token_class,
        price.service_tier,
        price.context_over_tokens,
        price.region,
        price.currency,
        price.unit
    order by price.price_window_id is null, price.known_from desc, price.price_window_id asc
) = 1;
