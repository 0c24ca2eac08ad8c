-- grain: one row a series for a stretch of both time axes
-- The stretches in which a series has a rate, with the statement that began it.
select
    regime.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    series.unit,
    regime.amount,
    case
        when series.currency = 'USD' then regime.amount
        else cast(cast(regime.amount as double) * cast(fx.usd_per_unit as double) as decimal(24, 12))
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
    stated.model_match,
    regime.valid_from,
    regime.valid_to,
    stated.valid_precision,
    case when stated.valid_from is null then 'first_observed' else stated.valid_from_basis end as valid_from_basis,
    regime.known_from,
    regime.known_to,
    stated.source_id,
    regime.fact_id,
    case regime.kind
        when 'anchor' then 'a documented beginning'
        when 'change' then 'a change from the rate then in force, at its earliest sight'
        else 'the first word of a source, where no rate was known'
    end as chosen_by,
    stated.confidence,
    [regime.fact_id] as fact_ids
from work.price_regime as regime
inner join ref.price_series as series on regime.series_id = series.series_id
inner join facts.api_price as stated on regime.fact_id = stated.fact_id
left join facts.fx_rate as fx
    on series.currency = fx.currency and date_trunc('day', regime.valid_from) = fx.on_date
where regime.amount is not null
