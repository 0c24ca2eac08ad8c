-- grain: one row a pair of caching rules that a SKU could choose between (or one alone), a range of gaps, and uses
-- What n uses of one prefix cost, in units of the prefix sent uncached: n without a cache; w + r (n - 1) in a cache
-- that outlives each gap, for a read renews it; n w in one that does not, for every use writes it anew. Ranges of gaps
-- end at the times to live that rules have. The multiples are the rules' own. A cache that a provider rents out is not
-- here, also where the rent is unknown: marts.cache_break_even has what pays a rent.
with rented as (
    select distinct
        provider_id,
        mechanism,
        ttl_minutes
    from facts.cache_rule
    where storage_amount is not null
),

rate as (
    select distinct
        rate.provider_id,
        rate.sku,
        rate.service_tier,
        rate.context_over_tokens,
        rate.currency,
        rate.rule_fact_id,
        rule.ttl_minutes,
        rule.read_multiple,
        rule.write_multiple,
        coalesce(rule.valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(rule.valid_to, timestamp '9999-12-31') as valid_end
    from marts.cache_rate as rate
    inner join facts.cache_rule as rule on rate.rule_fact_id = rule.fact_id
    anti join rented
        on
            rule.provider_id = rented.provider_id
            and rule.mechanism = rented.mechanism
            and rule.ttl_minutes is not distinct from rented.ttl_minutes
    where
        rule.ttl_minutes is not null
        and rule.read_multiple is not null
        and rule.write_multiple is not null
),

pair as (
    select
        short.*,
        long.rule_fact_id as long_rule_fact_id,
        long.ttl_minutes as long_ttl_minutes,
        long.read_multiple as long_read_multiple,
        long.write_multiple as long_write_multiple,
        greatest(short.valid_start, long.valid_start) as both_start,
        least(short.valid_end, long.valid_end) as both_end
    from rate as short
    inner join rate as long
        on
            short.provider_id = long.provider_id
            and short.sku = long.sku
            and short.service_tier = long.service_tier
            and short.context_over_tokens = long.context_over_tokens
            and short.currency = long.currency
            and short.ttl_minutes < long.ttl_minutes
            and short.valid_end > long.valid_start
            and short.valid_start < long.valid_end
),

first_pair as (
    select
        rule_fact_id,
        min(both_start) as first_start
    from pair
    group by rule_fact_id
),

offer as (
    select distinct
        provider_id,
        rule_fact_id,
        ttl_minutes,
        read_multiple,
        write_multiple,
        long_rule_fact_id,
        long_ttl_minutes,
        long_read_multiple,
        long_write_multiple,
        both_start,
        both_end
    from pair
    union all
    select distinct
        rate.provider_id,
        rate.rule_fact_id,
        rate.ttl_minutes,
        rate.read_multiple,
        rate.write_multiple,
        cast(null as varchar) as long_rule_fact_id,
        cast(null as double) as long_ttl_minutes,
        cast(null as double) as long_read_multiple,
        cast(null as double) as long_write_multiple,
        rate.valid_start as both_start,
        coalesce(first_pair.first_start, rate.valid_end) as both_end
    from rate
    left join first_pair on rate.rule_fact_id = first_pair.rule_fact_id
    anti join pair on rate.rule_fact_id = pair.long_rule_fact_id
    where rate.valid_start < coalesce(first_pair.first_start, rate.valid_end)
),

life as (
    select distinct ttl_minutes
    from rate
    union
    select cast(0 as double) as ttl_minutes
),

gap as (
    select
        ttl_minutes as gap_over_minutes,
        lead(ttl_minutes) over (order by ttl_minutes) as gap_up_to_minutes
    from life
),

priced as (
    select
        offer.*,
        gap.gap_over_minutes,
        gap.gap_up_to_minutes,
        uses.n,
        cast(uses.n as double) as cost_none,
        case
            when gap.gap_up_to_minutes <= offer.ttl_minutes
                then offer.write_multiple + offer.read_multiple * (uses.n - 1)
            else offer.write_multiple * uses.n
        end as cost_short,
        case
            when gap.gap_up_to_minutes <= offer.long_ttl_minutes
                then offer.long_write_multiple + offer.long_read_multiple * (uses.n - 1)
            else offer.long_write_multiple * uses.n
        end as cost_long
    from offer
    cross join gap
    cross join (values (1), (2), (3), (4), (5), (10), (20)) as uses (n)
)

select
    provider_id,
    rule_fact_id as short_rule_fact_id,
    long_rule_fact_id,
    ttl_minutes as short_ttl_minutes,
    long_ttl_minutes,
    nullif(both_start, timestamp '0001-01-01') as valid_from,
    nullif(both_end, timestamp '9999-12-31') as valid_to,
    gap_over_minutes,
    gap_up_to_minutes,
    cast(n as bigint) as uses,
    cost_none,
    cost_short,
    cost_long,
    case
        when cost_none <= least(cost_short, coalesce(cost_long, cost_short)) then 'none'
        when cost_long < cost_short then 'long'
        else 'short'
    end as cheapest,
    case when long_rule_fact_id is null then [rule_fact_id] else [rule_fact_id, long_rule_fact_id] end as fact_ids
from priced
