-- grain: one row a stated bill of an amount of traffic
-- The bill worked out again: at the rates that the source uses, without a cache, and at the standard list in force when
-- the traffic began, as known at the release (rates for all hours; long contexts are not told from short ones). A bill
-- at rates in force needs one for every class that has tokens. The hit rate is weighted by tokens.
with line as (
    select
        bill.fact_id,
        class.token_class,
        case class.token_class
            when 'input' then bill.input_tokens
            when 'cache_read' then bill.cache_read_tokens
            when 'cache_write_5m' then bill.cache_write_5m_tokens
            when 'cache_write_1h' then bill.cache_write_1h_tokens
            else bill.output_tokens
        end as tokens,
        cast(
            case class.token_class
                when 'input' then bill.input_rate
                when 'cache_read' then bill.cache_read_rate
                when 'cache_write_5m' then bill.cache_write_5m_rate
                when 'cache_write_1h' then bill.cache_write_1h_rate
                else bill.output_rate
            end as double
        ) as rate,
        cast(bill.input_rate as double) as uncached_rate,
        price.fact_id as price_fact_id,
        cast(price.amount as double) as rate_in_force
    from facts.stated_bill as bill
    cross join (
        values ('input'), ('cache_read'), ('cache_write_5m'), ('cache_write_1h'), ('output')
    ) as class (token_class)
    left join marts.api_price as price
        on
            bill.provider_id = price.provider_id
            and bill.sku = price.sku
            and class.token_class = price.token_class
            and bill.currency = price.currency
            and price.service_tier = 'standard'
            and price.context_over_tokens = 0
            and price.price_window_id is null
            and price.region is null
            and price.known_to is null
            and coalesce(price.valid_from, timestamp '0001-01-01') <= bill.valid_from
            and coalesce(price.valid_to, timestamp '9999-12-31') > bill.valid_from
),

worked_out as (
    select
        fact_id,
        sum(tokens) filter (where token_class <> 'output') as input_tokens,
        sum(tokens) filter (where token_class = 'cache_read') as read_tokens,
        sum(tokens * rate) / 1e6 as computed_amount,
        sum(tokens * rate) filter (where token_class <> 'output') / 1e6 as computed_input_amount,
        sum(tokens * case when token_class = 'output' then rate else uncached_rate end) / 1e6 as uncached_amount,
        case
            when bool_and(rate_in_force is not null) then sum(tokens * rate_in_force) / 1e6
        end as amount_in_force,
        list(price_fact_id) filter (where price_fact_id is not null) as price_fact_ids
    from line
    where tokens is not null
    group by fact_id
)

select
    bill.fact_id,
    bill.provider_id,
    bill.sku,
    bill.traffic,
    bill.currency,
    bill.valid_from,
    bill.valid_to,
    cast(worked_out.input_tokens as bigint) as input_tokens,
    bill.output_tokens,
    coalesce(worked_out.read_tokens, 0) / nullif(cast(worked_out.input_tokens as double), 0) as hit_rate,
    bill.amount as stated_amount,
    worked_out.computed_amount,
    cast(bill.amount as double) / nullif(worked_out.computed_amount, 0) - 1 as difference_share,
    worked_out.uncached_amount,
    1 - worked_out.computed_amount / nullif(worked_out.uncached_amount, 0) as saving_share,
    worked_out.computed_input_amount / nullif(worked_out.input_tokens / 1e6, 0) as effective_input_per_mtok,
    worked_out.amount_in_force,
    array_sort(list_concat([bill.fact_id], coalesce(worked_out.price_fact_ids, []))) as fact_ids
from facts.stated_bill as bill
inner join worked_out on bill.fact_id = worked_out.fact_id
