-- What tokens (a map by token class; usage_tokens makes one) cost on every list in force at an instant, as known at
-- another: one row a SKU, service tier, region and currency. The input of one request chooses the price tier of the
-- whole request; for the traffic of many, `requests` says how many, taken as equally long. A cache write whose time to
-- live a list does not tell stands for one of five minutes, and the other way round. `missing` are classes that have
-- tokens and no rate; the sum is then NULL. Dollars are those of the day valid_at, NULL where its rate is not known.
create or replace macro request_cost(tokens, valid_at, known_at, requests := 1) as table
with priced as (
    select
        provider_id,
        sku,
        service_tier,
        region,
        currency,
        context_over_tokens,
        max(model_id) as model_id,
        list(fact_id) as fact_ids,
        map_from_entries(list((token_class, cast(amount as double)))) as listed
    from price_in_force(valid_at, known_at)
    where context_over_tokens < greatest(input_token_count(tokens) / requests, 1)
    group by provider_id, sku, service_tier, region, currency, context_over_tokens
    having bool_or(token_class in ('input', 'output'))
),

rated as (
    select
        *,
        map_concat(
            map {
                'cache_write_5m': map_extract_value(listed, 'cache_write'),
                'cache_write': map_extract_value(listed, 'cache_write_5m')
            },
            listed
        ) as rates
    from priced
    qualify row_number() over (
        partition by provider_id, sku, service_tier, region, currency
        order by context_over_tokens desc
    ) = 1
    and bool_or(map_contains(listed, 'input')) over (
        partition by provider_id, sku, service_tier, region, currency
    )
)

select
    provider_id,
    sku,
    model_id,
    service_tier,
    context_over_tokens,
    region,
    currency,
    input_token_count(tokens) as input_tokens,
    token_hit_rate(tokens) as hit_rate,
    tokens_cost(tokens_of(tokens, 'input'), rates) as fresh_cost,
    tokens_cost(tokens_of(tokens, 'cache_read'), rates) as read_cost,
    tokens_cost(tokens_of(tokens, 'cache_write'), rates) as write_cost,
    tokens_cost(tokens_of(tokens, 'output'), rates) as output_cost,
    tokens_cost(tokens, rates) as total,
    to_usd(tokens_cost(tokens, rates), currency, valid_at) as total_usd,
    tokens_cost(tokens_of(tokens, 'output'), rates)
    + input_token_count(tokens) * map_extract_value(rates, 'input') / 1e6 as total_uncached,
    unpriced_classes(tokens, rates) as missing,
    array_sort(fact_ids) as fact_ids
from rated;
