-- What one's own requests cost at every SKU, at the rates in force at an instant in UTC, as known at the release:
-- marts.workload_cost for other tokens and another time, one row an offer. Tokens are those of all requests together;
-- a request's share of the input chooses its tier. hit_rate is the share of the input that is read from the cache,
-- written_share the share that is written; unless it is given every miss is written, and nothing where nothing is read.
create or replace macro workload_cost(
    input_tokens, output_tokens, hit_rate, valid_at, written_share := null, tier := 'standard', requests := 1
) as table
with request as (
    select
        cast(input_tokens as double) as all_input,
        cast(output_tokens as double) as all_output,
        greatest(cast(input_tokens as double) / requests, 1) as input_of_one,
        case
            when hit_rate between 0 and 1 then cast(hit_rate as double)
            else error('hit_rate is the share of the input that is read from the cache: give 0 to 1')
        end as read_share,
        case
            when written_share is null and hit_rate > 0 then 1 - cast(hit_rate as double)
            when written_share is null then 0
            when written_share between 0 and 1 and hit_rate + written_share <= 1 then cast(written_share as double)
            else error('written_share is a share of the input beside hit_rate: together they are at most 1')
        end as write_share
),

card as (
    select
        price.provider_id,
        price.sku,
        price.service_tier,
        price.context_over_tokens,
        price.price_window_id,
        price.region,
        price.currency,
        max(price.model_id) filter (where price.token_class = 'input') as model_id,
        max(cast(price.amount as double)) filter (where price.token_class = 'input') as input_rate,
        max(cast(price.usd_per_mtok as double)) filter (where price.token_class = 'input') as usd_input_rate,
        max(cast(price.amount as double)) filter (where price.token_class = 'output') as output_rate,
        max(cast(price.amount as double)) filter (where price.token_class = 'cache_read') as read_rate,
        max(price.fact_id) filter (where price.token_class = 'input') as input_fact_id,
        max(price.fact_id) filter (where price.token_class = 'output') as output_fact_id,
        max(price.fact_id) filter (where price.token_class = 'cache_read') as read_fact_id
    from price_in_force(valid_at, timestamp '9999-12-31') as price
    group by all
),

cached as (
    select covered.*
    from marts.cache_rate as covered
    where
        covered.storage_per_mtok_hour is null
        and (covered.valid_from is null or covered.valid_from <= utc(valid_at))
        and (covered.valid_to is null or covered.valid_to > utc(valid_at))
    qualify row_number() over (
        partition by
            covered.provider_id,
            covered.sku,
            covered.service_tier,
            covered.context_over_tokens,
            covered.price_window_id,
            covered.region,
            covered.currency
        order by covered.mechanism asc nulls last, covered.ttl_minutes asc nulls last, covered.rule_fact_id asc
    ) = 1
),

tiered as (
    select
        *,
        lead(context_over_tokens) over (
            partition by provider_id, sku, service_tier, price_window_id, region, currency
            order by context_over_tokens
        ) as up_to_tokens
    from card
    where input_rate is not null or output_rate is not null
),

priced as (
    select
        card.provider_id,
        card.sku,
        card.model_id,
        card.service_tier as billed_tier,
        card.context_over_tokens,
        card.price_window_id,
        card.region,
        card.currency,
        card.usd_input_rate / nullif(card.input_rate, 0) as usd_per_unit,
        card.input_rate,
        card.output_rate,
        coalesce(cached.read_multiple * card.input_rate, card.read_rate) as read_rate,
        cached.write_multiple * card.input_rate as write_rate,
        coalesce(cached.min_tokens, 0) as min_tokens,
        card.up_to_tokens,
        array_agg(card.service_tier) over (
            partition by card.provider_id, card.sku, card.price_window_id, card.region, card.currency
        ) as tiers,
        [card.input_fact_id, card.output_fact_id] as uncached_fact_ids,
        coalesce(cached.fact_ids, [card.read_fact_id]) as cache_fact_ids
    from tiered as card
    left join cached
        on
            card.provider_id = cached.provider_id
            and card.sku = cached.sku
            and card.service_tier = cached.service_tier
            and card.context_over_tokens = cached.context_over_tokens
            and card.price_window_id is not distinct from cached.price_window_id
            and card.region is not distinct from cached.region
            and card.currency = cached.currency
    where card.input_rate is not null and card.output_rate is not null
),

offer as (
    select
        *,
        read_share > 0
        and read_rate is not null
        and input_of_one * (read_share + write_share) >= min_tokens as cache_used
    from request
    cross join priced
    where
        input_of_one > context_over_tokens
        and input_of_one <= coalesce(up_to_tokens, input_of_one)
        and case when array_contains(tiers, tier) then tier else 'standard' end = billed_tier
),

cost as (
    select
        *,
        all_input * case when cache_used then 1 - read_share - write_share else 1 end * input_rate / 1000000 as fresh,
        all_input * case when cache_used then read_share * read_rate else 0 end / 1000000 as cache_read,
        all_input * case when cache_used then write_share * coalesce(write_rate, input_rate) else 0 end / 1000000
            as cache_write,
        all_output * output_rate / 1000000 as output
    from offer
)

select
    provider_id,
    sku,
    region,
    currency,
    price_window_id,
    model_id,
    billed_tier as service_tier,
    context_over_tokens,
    cache_used,
    fresh * usd_per_unit as fresh_usd,
    cache_read * usd_per_unit as cache_read_usd,
    cache_write * usd_per_unit as cache_write_usd,
    output * usd_per_unit as output_usd,
    (fresh + cache_read + cache_write + output) * usd_per_unit as total_usd,
    fresh + cache_read + cache_write + output as total,
    nullif(
        concat_ws(
            '; ',
            case when billed_tier <> tier then concat('no ', tier, ' rate is known') end,
            case
                when read_share = 0 then null
                when read_rate is null then 'the price of a cache read is unknown'
                when not cache_used then concat('a prefix below ', cast(min_tokens as varchar), ' tokens is not cached')
                when write_rate is null then 'no write rate is stated: that of fresh input'
            end
        ),
        ''
    ) as note,
    array_distinct(
        list_filter(
            list_concat(uncached_fact_ids, case when cache_used then cache_fact_ids else [] end),
            lambda x: x is not null
        )
    ) as fact_ids
from cost
order by total_usd asc nulls last, provider_id asc, sku asc;
