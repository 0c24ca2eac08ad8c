-- grain: one row a version of a caching rule; for a rule with a rent, one more key: a SKU under it
-- Uses n* = (w - r) / (1 - r), of which the first writes; the least whole number above it pays. Hit rate h* = (w - 1) /
-- (w - r). Reads of the whole prefix per hour that pay its rent = s / (p (1 - r)).
with covered as (
    select
        rule.fact_id,
        rule.provider_id,
        rule.storage_currency,
        rule.valid_from,
        rule.valid_to,
        prefix.covered as covered_prefix
    from facts.cache_rule as rule
    cross join unnest(string_split(rule.sku_prefix, ' ')) as prefix (covered)
    where rule.storage_amount is not null
),

rent as (
    select
        rule.fact_id as rule_fact_id,
        input.sku,
        input.fact_id,
        input.amount,
        row_number() over (
            partition by rule.fact_id, input.sku
            order by input.known_to asc nulls first, input.valid_from desc, input.context_over_tokens asc
        ) as place
    from covered as rule
    inner join marts.api_price as input
        on
            rule.provider_id = input.provider_id
            and concat(input.sku, '$') like concat(rule.covered_prefix, '%')
            and rule.storage_currency = input.currency
    where
        input.token_class = 'input'
        and input.service_tier = 'standard'
        and input.context_over_tokens = 0
        and input.known_to is null
        and coalesce(input.valid_to, timestamp '9999-12-31') > coalesce(rule.valid_from, timestamp '0001-01-01')
        and coalesce(input.valid_from, timestamp '0001-01-01') < coalesce(rule.valid_to, timestamp '9999-12-31')
),

ruled as (
    select
        rule.*,
        rent.sku,
        rent.fact_id as input_fact_id,
        cast(rent.amount as double) as input_rate,
        (rule.write_multiple - rule.read_multiple) / nullif(1 - rule.read_multiple, 0) as break_even_uses
    from facts.cache_rule as rule
    left join rent on rule.fact_id = rent.rule_fact_id and rent.place = 1
    where rule.status in ('active', 'disputed')
)

select
    fact_id as rule_fact_id,
    rule_id,
    provider_id,
    sku,
    applies_to,
    ttl_minutes,
    valid_from,
    valid_to,
    read_multiple,
    write_multiple,
    break_even_uses,
    cast(floor(break_even_uses) as bigint) + 1 as min_uses,
    (write_multiple - 1) / nullif(write_multiple - read_multiple, 0) as break_even_hit_rate,
    cast(storage_amount as double) / nullif(input_rate * (1 - read_multiple), 0) as storage_reads_per_hour,
    nullif(
        concat_ws(
            '; ',
            case when write_multiple is null then 'no write price is stated' end,
            case when read_multiple is null then 'no read price is stated' end,
            case
                when storage_amount is not null and sku is null then 'no input rate of a SKU under the rule is known'
            end
        ),
        ''
    ) as note,
    case when input_fact_id is null then [fact_id] else [fact_id, input_fact_id] end as fact_ids
from ruled
