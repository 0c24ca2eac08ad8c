-- grain: one row a statement of one rate by one source
-- What people wrote down and what feeds state, with their series and what `facts.fact` settles for all facts. A feed's
-- SKU means the model that its provider's alias of that day means; where the provider has no such alias of any day, the
-- model that all others mean by it at all times, which is a guess from the name and is said to be one.

-- noqa: disable=layout.select_targets
with same_name as (
    select
        alias,
        min(model_id) as model_id
    from ref.model_alias
    where namespace like '%-api'
    group by alias
    having count(distinct model_id) = 1 and count(valid_from) = 0 and count(valid_to) = 0
),

own_name as (
    select distinct
        namespace,
        alias
    from ref.model_alias
),

stated as (
    select
        fact_id, provider_id, sku, token_class, service_tier, context_over_tokens, price_window_id, region, source_sku,
        cast(null as varchar) as match_kind, model_id, case when model_id is not null then 'curated' end as model_match,
        amount_low, amount, amount_high, low_inclusive, high_inclusive, price_kind, valid_to_known_from,
        amount_basis, amount_text, source_url, stated_conversion_low, stated_conversion_amount, stated_conversion_high,
        stated_conversion_currency, stated_conversion_qualifier, cast(null as varchar) as end_reason
    from seeds.api_prices
    union all
    select
        statement.fact_id, statement.provider_id, statement.sku, statement.token_class, statement.service_tier,
        statement.context_over_tokens, statement.price_window_id, statement.region, statement.source_sku,
        statement.match_kind, coalesce(model.model_id, same_name.model_id) as model_id,
        case
            when model.model_id is not null then 'alias'
            when same_name.model_id is not null then 'same_name'
        end as model_match,
        statement.amount as amount_low, statement.amount, statement.amount as amount_high,
        true as low_inclusive, true as high_inclusive, statement.price_kind, statement.valid_to_known_from,
        statement.amount_basis, statement.amount_text, statement.source_url,
        cast(null as decimal(24, 12)) as stated_conversion_low, statement.stated_conversion_amount,
        cast(null as decimal(24, 12)) as stated_conversion_high, statement.stated_conversion_currency,
        case when statement.stated_conversion_amount is not null then 'exact' end as stated_conversion_qualifier,
        statement.end_reason
    from feeds.price_statement as statement
    left join ref.model_alias as model
        on
            concat(statement.provider_id, '-api') = model.namespace
            and statement.sku = model.alias
            and (model.valid_from is null or model.valid_from <= coalesce(statement.valid_from, statement.known_from))
            and (model.valid_to is null or model.valid_to > coalesce(statement.valid_from, statement.known_from))
    left join own_name
        on concat(statement.provider_id, '-api') = own_name.namespace and statement.sku = own_name.alias
    left join same_name on statement.sku = same_name.alias and own_name.alias is null
)

select
    stated.*,
    fact.* exclude (
        fact_table, fact_id, amount_low, amount, amount_high, low_inclusive, high_inclusive, unit, currency
    ),
    series.series_id,
    series.unit,
    series.currency
from stated
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
        and fact.currency = series.currency
        and fact.unit = series.unit
