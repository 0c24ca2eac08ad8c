-- grain: one row a workload, a capability floor and an offer that reaches it: a SKU's list, in a region and in hours
-- What a request of a workload costs at the rates in force on the newest day that any rate is known since: a request's
-- length chooses the tier of its whole input and output, which has no cost where that tier lacks a rate, a prefix too
-- short for the caching rule is not cached, and without a price of a cache read nothing is read from it. Of the caches
-- that a SKU offers the one for which nobody must ask is taken, then the shortest, never one with a rent. A write that
-- no list and no rule prices costs as fresh input: price lists leave out a fee that is not charged. Amounts of lists in
-- other currencies are in US dollars at the rate of the day on which the list's rate of input began.
with horizon as (
    select max(known_from) as valid_at
    from marts.api_price
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
        horizon.valid_at,
        max(price.model_id) filter (where price.token_class = 'input') as model_id,
        max(cast(price.amount as double)) filter (where price.token_class = 'input') as input_rate,
        max(cast(price.usd_per_mtok as double)) filter (where price.token_class = 'input') as usd_input_rate,
        max(cast(price.amount as double)) filter (where price.token_class = 'output') as output_rate,
        max(cast(price.amount as double)) filter (where price.token_class = 'cache_read') as read_rate,
        max(price.fact_id) filter (where price.token_class = 'input') as input_fact_id,
        max(price.fact_id) filter (where price.token_class = 'output') as output_fact_id,
        max(price.fact_id) filter (where price.token_class = 'cache_read') as read_fact_id
    from marts.api_price as price
    cross join horizon
    where
        price.known_to is null
        and (price.valid_from is null or price.valid_from <= horizon.valid_at)
        and (price.valid_to is null or price.valid_to > horizon.valid_at)
        and price.token_class in ('input', 'output', 'cache_read')
    group by
        price.provider_id,
        price.sku,
        price.service_tier,
        price.context_over_tokens,
        price.price_window_id,
        price.region,
        price.currency,
        horizon.valid_at
),

cached as (
    select covered.*
    from marts.cache_rate as covered
    cross join horizon
    where
        covered.storage_per_mtok_hour is null
        and (covered.valid_from is null or covered.valid_from <= horizon.valid_at)
        and (covered.valid_to is null or covered.valid_to > horizon.valid_at)
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
        card.service_tier as billed_tier,
        card.context_over_tokens,
        card.price_window_id,
        card.region,
        card.currency,
        card.valid_at,
        coalesce(named.model_id, card.model_id) as model_id,
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
        array_distinct(
            list_filter(
                list_concat(
                    [card.input_fact_id, card.output_fact_id], coalesce(cached.fact_ids, [card.read_fact_id])
                ),
                lambda x: x is not null
            )
        ) as cached_fact_ids
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
    left join ref.model_alias as named
        on
            card.sku = named.alias
            and concat(card.provider_id, '-api') = named.namespace
            and (named.valid_from is null or card.valid_at >= named.valid_from)
            and (named.valid_to is null or card.valid_at < named.valid_to)
    where card.input_rate is not null and card.output_rate is not null
),

request as (
    select
        *,
        cache_read_tokens + cache_write_tokens as cached_tokens,
        fresh_tokens + cache_read_tokens + cache_write_tokens as input_tokens
    from ref.workload
),

offer as (
    select
        request.*,
        priced.*,
        request.cache_read_tokens > 0
        and priced.read_rate is not null
        and request.cached_tokens >= priced.min_tokens as cache_used
    from request
    inner join priced
        on
            request.input_tokens > priced.context_over_tokens
            and request.input_tokens <= coalesce(priced.up_to_tokens, request.input_tokens)
            and case
                when array_contains(priced.tiers, request.service_tier) then request.service_tier else 'standard'
            end = priced.billed_tier
),

part as (
    select
        workload_id,
        provider_id,
        sku,
        region,
        currency,
        price_window_id,
        model_id,
        valid_at,
        billed_tier,
        context_over_tokens,
        cache_used,
        requests_per_month,
        usd_per_unit,
        case when cache_used then fresh_tokens else input_tokens end * input_rate / 1000000 as fresh,
        case when cache_used then cache_read_tokens * read_rate else 0 end / 1000000 as cache_read,
        case when cache_used then cache_write_tokens * coalesce(write_rate, input_rate) else 0 end / 1000000
            as cache_write,
        output_tokens * output_rate / 1000000 as output,
        case when cache_used then cached_fact_ids else uncached_fact_ids end as price_fact_ids,
        nullif(
            concat_ws(
                '; ',
                case when billed_tier <> service_tier then concat('no ', service_tier, ' rate is known') end,
                case
                    when cache_read_tokens = 0 then null
                    when read_rate is null then 'the price of a cache read is unknown'
                    when cached_tokens < min_tokens
                        then concat('a prefix below ', cast(min_tokens as varchar), ' tokens is not cached')
                    when write_rate is null then 'no write rate is stated: that of fresh input'
                end
            ),
            ''
        ) as note
    from offer
),

cost as (
    select
        *,
        fresh + cache_read + cache_write + output as total
    from part
),

best_score as (
    select
        floor.floor_id,
        floor.least_score,
        score.model_id,
        score.score,
        score.fact_id
    from ref.capability_floor as floor
    inner join facts.capability_score as score
        on floor.benchmark_id = score.benchmark_id and floor.variant = score.variant
    where score.status = 'active' and score.known_to is null and score.model_id is not null
    qualify row_number() over (
        partition by floor.floor_id, score.model_id order by score.score desc, score.fact_id asc
    ) = 1
),

measured as (
    select
        cost.*,
        floor.floor_id,
        cast(null as double) as score,
        true as is_reached,
        cost.price_fact_ids as fact_ids
    from cost
    cross join ref.capability_floor as floor
    where floor.benchmark_id is null
    union all
    select
        cost.*,
        best_score.floor_id,
        best_score.score,
        best_score.score >= best_score.least_score as is_reached,
        list_concat(cost.price_fact_ids, [best_score.fact_id]) as fact_ids
    from cost
    inner join best_score on cost.model_id = best_score.model_id
),

offered as (
    select
        workload_id,
        count(*) as offers
    from cost
    group by workload_id
),

with_score as (
    select
        workload_id,
        floor_id,
        count(*) as offers
    from measured
    group by workload_id, floor_id
)

select
    measured.workload_id,
    measured.floor_id,
    measured.provider_id,
    measured.sku,
    measured.region,
    measured.currency,
    measured.price_window_id,
    measured.model_id,
    measured.valid_at,
    measured.billed_tier as service_tier,
    measured.context_over_tokens,
    measured.cache_used,
    measured.fresh * measured.usd_per_unit as fresh_usd,
    measured.cache_read * measured.usd_per_unit as cache_read_usd,
    measured.cache_write * measured.usd_per_unit as cache_write_usd,
    measured.output * measured.usd_per_unit as output_usd,
    measured.total * measured.usd_per_unit as total_usd,
    measured.total * measured.usd_per_unit * measured.requests_per_month as total_usd_per_month,
    measured.total,
    measured.note,
    measured.score,
    case
        when measured.usd_per_unit is not null
            then rank() over (
                partition by measured.workload_id, measured.floor_id
                order by measured.total * measured.usd_per_unit asc nulls last
            )
    end as place,
    offered.offers - with_score.offers as offers_without_score,
    measured.fact_ids
from measured
inner join offered on measured.workload_id = offered.workload_id
inner join with_score
    on measured.workload_id = with_score.workload_id and measured.floor_id = with_score.floor_id
where measured.is_reached
