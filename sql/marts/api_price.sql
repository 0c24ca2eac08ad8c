-- grain: one row a series for a stretch of both time axes
-- The statements of first place, neighbouring stretches of one statement joined: first along valid time, then along
-- known time.
with taken as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end,
        coalesce(known_to, timestamp '9999-12-31') as known_end
    from marts.api_price_candidate
    where place = 1
),

valid_marked as (
    select
        *,
        case
            when
                lag(valid_end) over (partition by series_id, known_from, fact_id order by valid_start) = valid_start
                then 0
            else 1
        end as is_new
    from taken
),

valid_island as (
    select
        *,
        sum(is_new) over (
            partition by series_id, known_from, fact_id
            order by valid_start
            rows between unbounded preceding and current row
        ) as island
    from valid_marked
),

valid_joined as (
    select
        series_id,
        fact_id,
        known_from,
        known_end,
        min(valid_start) as valid_start,
        max(valid_end) as valid_end,
        min(chosen_by) as chosen_by
    from valid_island
    group by series_id, fact_id, known_from, known_end, island
),

known_marked as (
    select
        *,
        case
            when
                lag(known_end) over (
                    partition by series_id, fact_id, valid_start, valid_end order by known_from
                ) = known_from
                then 0
            else 1
        end as is_new
    from valid_joined
),

known_island as (
    select
        *,
        sum(is_new) over (
            partition by series_id, fact_id, valid_start, valid_end
            order by known_from
            rows between unbounded preceding and current row
        ) as island
    from known_marked
),

joined as (
    select
        series_id,
        fact_id,
        nullif(valid_start, timestamp '0001-01-01') as valid_from,
        nullif(valid_end, timestamp '9999-12-31') as valid_to,
        min(known_from) as known_from,
        nullif(max(known_end), timestamp '9999-12-31') as known_to,
        min(chosen_by) as chosen_by
    from known_island
    group by series_id, fact_id, valid_start, valid_end, island
)

select
    joined.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    series.unit,
    stated.amount,
    case
        when series.currency = 'USD' then stated.amount
        else cast(cast(stated.amount as double) * cast(fx.usd_per_unit as double) as decimal(24, 12))
    end as usd_per_mtok,
    stated.price_kind,
    stated.amount_basis,
    stated.amount_text,
    stated.source_sku,
    stated.source_url,
    stated.last_confirmed_at,
    stated.stated_conversion_amount,
    stated.stated_conversion_currency,
    stated.stated_conversion_qualifier,
    stated.model_id,
    joined.valid_from,
    joined.valid_to,
    stated.valid_precision,
    case
        when stated.valid_from is null and joined.valid_from is not null then 'first_observed'
        else stated.valid_from_basis
    end as valid_from_basis,
    joined.known_from,
    joined.known_to,
    stated.source_id,
    joined.fact_id,
    joined.chosen_by,
    stated.confidence,
    [joined.fact_id] as fact_ids
from joined
inner join ref.price_series as series on joined.series_id = series.series_id
inner join facts.api_price as stated on joined.fact_id = stated.fact_id
left join facts.fx_rate as fx
    on series.currency = fx.currency and date_trunc('day', joined.valid_from) = fx.on_date
