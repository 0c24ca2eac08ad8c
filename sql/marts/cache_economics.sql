-- grain: one row a SKU's list, a version of a caching rule that covers it, a time in which both hold, and a hit rate
-- Effective multiple = h r + (1 - h) w: what is read at the read multiple r, what is missed and written at w. Multiples
-- come from the SKU's own rates where it has them, else from the rule; where neither states what a write costs, nothing
-- is made up. Of the rules whose prefixes cover a SKU the longest prefix holds. Where a SKU has both an automatic and
-- an explicit cache, its one list of rates cannot say whose they are, and the rules' multiples hold; whether a batch or
-- priority rate stacks with the cache is taken from its own rates only.
with rate as (
    select *
    from marts.api_price
    where known_to is null
),

rule_sku as (
    select
        rule.*,
        prefix.covered as covered_prefix
    from facts.cache_rule as rule
    cross join unnest(string_split(rule.sku_prefix, ' ')) as prefix (covered)
    where rule.status in ('active', 'disputed') and rule.known_to is null
),

ruled as (
    select
        input.series_id,
        input.provider_id,
        input.sku,
        input.token_class,
        input.service_tier,
        input.context_over_tokens,
        input.price_window_id,
        input.region,
        input.currency,
        input.model_id,
        input.amount,
        input.usd_per_mtok,
        input.fact_id,
        rule.fact_id as rule_fact_id,
        rule.rule_id,
        rule.ttl_minutes,
        rule.mechanism,
        rule.read_multiple,
        rule.write_multiple,
        min(rule.mechanism) over (partition by input.series_id, input.valid_from)
        <> max(rule.mechanism) over (partition by input.series_id, input.valid_from) as has_two_mechanisms,
        greatest(
            coalesce(input.valid_from, timestamp '0001-01-01'), coalesce(rule.valid_from, timestamp '0001-01-01')
        ) as valid_start,
        least(
            coalesce(input.valid_to, timestamp '9999-12-31'), coalesce(rule.valid_to, timestamp '9999-12-31')
        ) as valid_end,
        rank() over (
            partition by
                input.series_id,
                input.valid_from,
                rule.mechanism,
                case when rule.mechanism = 'explicit' then rule.ttl_minutes end
            order by length(rule.covered_prefix) desc
        ) as place
    from rate as input
    inner join rule_sku as rule
        on input.provider_id = rule.provider_id and input.sku like concat(rule.covered_prefix, '%')
    where
        input.token_class = 'input'
        and coalesce(input.valid_to, timestamp '9999-12-31') > coalesce(rule.valid_from, timestamp '0001-01-01')
        and coalesce(input.valid_from, timestamp '0001-01-01') < coalesce(rule.valid_to, timestamp '9999-12-31')
),

other as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from rate
),

priced as (
    select
        ruled.*,
        read_rate.fact_id as read_fact_id,
        write_rate.fact_id as write_fact_id,
        cast(read_rate.amount as double) / cast(ruled.amount as double) as own_read_multiple,
        cast(write_rate.amount as double) / cast(ruled.amount as double) as own_write_multiple,
        greatest(
            ruled.valid_start,
            coalesce(read_rate.valid_start, ruled.valid_start),
            coalesce(write_rate.valid_start, ruled.valid_start)
        ) as both_start,
        least(
            ruled.valid_end,
            coalesce(read_rate.valid_end, ruled.valid_end),
            coalesce(write_rate.valid_end, ruled.valid_end)
        ) as both_end
    from ruled
    left join other as read_rate
        on
            ruled.provider_id = read_rate.provider_id
            and ruled.sku = read_rate.sku
            and read_rate.token_class = 'cache_read'
            and (not ruled.has_two_mechanisms or ruled.read_multiple is null)
            and ruled.service_tier = read_rate.service_tier
            and ruled.context_over_tokens = read_rate.context_over_tokens
            and ruled.price_window_id is not distinct from read_rate.price_window_id
            and ruled.region is not distinct from read_rate.region
            and ruled.currency = read_rate.currency
            and ruled.valid_end > read_rate.valid_start
            and ruled.valid_start < read_rate.valid_end
    left join other as write_rate
        on
            ruled.provider_id = write_rate.provider_id
            and ruled.sku = write_rate.sku
            and (
                write_rate.token_class = case ruled.ttl_minutes when 60 then 'cache_write_1h' else 'cache_write_5m' end
                or (write_rate.token_class = 'cache_write' and coalesce(ruled.ttl_minutes, 0) <> 60)
            )
            and (not ruled.has_two_mechanisms or ruled.write_multiple is null)
            and ruled.service_tier = write_rate.service_tier
            and ruled.context_over_tokens = write_rate.context_over_tokens
            and ruled.price_window_id is not distinct from write_rate.price_window_id
            and ruled.region is not distinct from write_rate.region
            and ruled.currency = write_rate.currency
            and ruled.valid_end > write_rate.valid_start
            and ruled.valid_start < write_rate.valid_end
    where
        ruled.place = 1
        and ruled.valid_start < ruled.valid_end
        and (ruled.service_tier = 'standard' or read_rate.fact_id is not null)
),

effective as (
    select
        priced.*,
        grid.hit_rate,
        coalesce(priced.own_read_multiple, priced.read_multiple) as r,
        coalesce(priced.own_write_multiple, priced.write_multiple) as w,
        grid.hit_rate * coalesce(priced.own_read_multiple, priced.read_multiple)
        + (1 - grid.hit_rate) * coalesce(priced.own_write_multiple, priced.write_multiple) as effective_multiple
    from priced
    cross join (values (0.0), (0.25), (0.5), (0.75), (0.9), (0.95), (0.99), (1.0)) as grid (hit_rate)
    where priced.both_start < priced.both_end
)

select
    provider_id,
    sku,
    token_class,
    service_tier,
    context_over_tokens,
    price_window_id,
    region,
    currency,
    model_id,
    rule_fact_id,
    rule_id,
    ttl_minutes,
    nullif(both_start, timestamp '0001-01-01') as valid_from,
    nullif(both_end, timestamp '9999-12-31') as valid_to,
    cast(hit_rate as double) as hit_rate,
    amount as input_rate,
    r as read_multiple,
    w as write_multiple,
    concat(
        'read: ',
        case when own_read_multiple is null then 'rule' else 'own rate' end,
        ', write: ',
        case when own_write_multiple is null then 'rule' else 'own rate' end
    ) as multiples_from,
    effective_multiple,
    cast(amount as double) * effective_multiple as effective_per_mtok,
    cast(usd_per_mtok as double) * effective_multiple as effective_usd_per_mtok,
    1 - effective_multiple as saving_share,
    nullif(
        concat_ws(
            '; ',
            case when w is null then 'no write price is stated' end,
            case when r is null then 'no read price is stated' end
        ),
        ''
    ) as note,
    array_sort(
        list_filter([fact_id, rule_fact_id, read_fact_id, write_fact_id], lambda x: x is not null)
    ) as fact_ids
from effective
