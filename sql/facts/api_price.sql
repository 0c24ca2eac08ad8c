-- grain: one row a statement of one rate by one source
-- The seed rows, with their series and what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    series.series_id,
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.api_prices as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
inner join ref.price_series as series
    on
        stated.provider_id = series.provider_id
        and stated.sku = series.sku
        and stated.token_class = series.token_class
        and stated.service_tier = series.service_tier
        and stated.context_over_tokens = series.context_over_tokens
        and stated.price_window_id is not distinct from series.price_window_id
        and stated.region is not distinct from series.region
        and stated.currency = series.currency
        and stated.unit = series.unit
