-- grain: one row a SKU's list, a caching rule that covers it or a write rate of its own, and a time in which both hold
-- What a read and a write of the cache cost as multiples of the uncached rate, as known at the release: the one place
-- where rates and rules meet. Multiples come from the SKU's own rates where it has them, else from the rule; where
-- neither states what a write costs, nothing is made up. Of the rules whose prefixes cover a SKU the longest prefix
-- holds. Where a SKU has both an automatic and an explicit cache, its one list of rates cannot say whose they are, and
-- the rules' multiples hold; whether a batch or priority rate stacks with the cache is taken from its own rates only. A
-- SKU that no rule covers is here if its list has the uncached, the read and a write rate.
-- Not every write rate that a list carries is the price of a write. One below the uncached rate is not, for what is
-- written is also read anew (of Gemini in lists of resellers it is 5 minutes of rent); nor is one over 2.25 times of
-- it, for rules go up to 2 and regions add a tenth (there are an hour's rent, and output rates in its place); nor any
-- under a rule by which a write costs what a miss costs.
with rate as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from marts.api_price
    where known_to is null
),

rule_sku as (
    select
        rule.*,
        coalesce(rule.valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(rule.valid_to, timestamp '9999-12-31') as valid_end,
        prefix.covered as covered_prefix
    from facts.cache_rule as rule
    cross join unnest(string_split(rule.sku_prefix, ' ')) as prefix (covered)
    where rule.status in ('active', 'disputed') and rule.known_to is null
),

covered as (
    select
        input.*,
        rule.fact_id as rule_fact_id,
        rule.rule_id,
        rule.ttl_minutes,
        rule.mechanism,
        rule.min_tokens,
        rule.step_tokens,
        rule.read_multiple,
        rule.write_multiple,
        case when rule.storage_currency = input.currency then rule.storage_amount end as storage_per_mtok_hour,
        min(rule.mechanism) over (partition by input.series_id, input.valid_from)
        <> max(rule.mechanism) over (partition by input.series_id, input.valid_from) as has_two_mechanisms,
        greatest(input.valid_start, rule.valid_start) as both_start,
        least(input.valid_end, rule.valid_end) as both_end,
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
        on input.provider_id = rule.provider_id and concat(input.sku, '$') like concat(rule.covered_prefix, '%')
    where
        input.token_class = 'input'
        and input.valid_end > rule.valid_start
        and input.valid_start < rule.valid_end
),

listed as (
    select * exclude (place)
    from covered
    where place = 1
    union all
    select
        input.*,
        cast(null as varchar) as rule_fact_id,
        cast(null as varchar) as rule_id,
        life.ttl_minutes,
        cast(null as varchar) as mechanism,
        cast(null as bigint) as min_tokens,
        cast(null as bigint) as step_tokens,
        cast(null as double) as read_multiple,
        cast(null as double) as write_multiple,
        cast(null as decimal(24, 12)) as storage_per_mtok_hour,
        false as has_two_mechanisms,
        input.valid_start as both_start,
        input.valid_end as both_end
    from rate as input
    cross join (values (5.0), (60.0), (cast(null as double))) as life (ttl_minutes)
    anti join rule_sku as rule
        on input.provider_id = rule.provider_id and concat(input.sku, '$') like concat(rule.covered_prefix, '%')
    where input.token_class = 'input'
),

priced as (
    select
        listed.*,
        read_rate.fact_id as read_fact_id,
        write_rate.fact_id as write_fact_id,
        cast(read_rate.amount as double) / nullif(cast(listed.amount as double), 0) as own_read_multiple,
        cast(write_rate.amount as double) / nullif(cast(listed.amount as double), 0) as own_write_multiple,
        greatest(
            listed.both_start,
            coalesce(read_rate.valid_start, listed.both_start),
            coalesce(write_rate.valid_start, listed.both_start)
        ) as all_start,
        least(
            listed.both_end,
            coalesce(read_rate.valid_end, listed.both_end),
            coalesce(write_rate.valid_end, listed.both_end)
        ) as all_end
    from listed
    left join rate as read_rate
        on
            listed.provider_id = read_rate.provider_id
            and listed.sku = read_rate.sku
            and read_rate.token_class = 'cache_read'
            and (not listed.has_two_mechanisms or listed.read_multiple is null)
            and listed.service_tier = read_rate.service_tier
            and listed.context_over_tokens = read_rate.context_over_tokens
            and listed.price_window_id is not distinct from read_rate.price_window_id
            and listed.region is not distinct from read_rate.region
            and listed.currency = read_rate.currency
            and listed.both_end > read_rate.valid_start
            and listed.both_start < read_rate.valid_end
    left join rate as write_rate
        on
            listed.provider_id = write_rate.provider_id
            and listed.sku = write_rate.sku
            and (
                write_rate.token_class = case
                    when listed.ttl_minutes = 60 then 'cache_write_1h'
                    when listed.rule_fact_id is not null or listed.ttl_minutes = 5 then 'cache_write_5m'
                end
                or (
                    write_rate.token_class = 'cache_write'
                    and (listed.ttl_minutes is null or (listed.rule_fact_id is not null and listed.ttl_minutes <> 60))
                )
            )
            and (not listed.has_two_mechanisms or listed.write_multiple is null)
            and listed.service_tier = write_rate.service_tier
            and listed.context_over_tokens = write_rate.context_over_tokens
            and listed.price_window_id is not distinct from write_rate.price_window_id
            and listed.region is not distinct from write_rate.region
            and listed.currency = write_rate.currency
            and listed.amount <= write_rate.amount
            and 2.25 * cast(listed.amount as double) >= cast(write_rate.amount as double)
            and coalesce(listed.write_multiple, 0) <> 1
            and listed.both_end > write_rate.valid_start
            and listed.both_start < write_rate.valid_end
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
    mechanism,
    ttl_minutes,
    min_tokens,
    step_tokens,
    nullif(all_start, timestamp '0001-01-01') as valid_from,
    nullif(all_end, timestamp '9999-12-31') as valid_to,
    amount as input_rate,
    usd_per_mtok as input_usd_per_mtok,
    coalesce(own_read_multiple, read_multiple) as read_multiple,
    coalesce(own_write_multiple, write_multiple) as write_multiple,
    storage_per_mtok_hour,
    concat(
        'read: ',
        case when own_read_multiple is null then 'rule' else 'own rate' end,
        ', write: ',
        case when own_write_multiple is null then 'rule' else 'own rate' end
    ) as multiples_from,
    nullif(
        concat_ws(
            '; ',
            case when coalesce(own_write_multiple, write_multiple) is null then 'no write price is stated' end,
            case when coalesce(own_read_multiple, read_multiple) is null then 'no read price is stated' end
        ),
        ''
    ) as note,
    array_sort(
        list_filter([fact_id, rule_fact_id, read_fact_id, write_fact_id], lambda x: x is not null)
    ) as fact_ids
from priced
where
    all_start < all_end
    and (service_tier = 'standard' or read_fact_id is not null)
    and (rule_fact_id is not null or (own_read_multiple is not null and own_write_multiple is not null))
