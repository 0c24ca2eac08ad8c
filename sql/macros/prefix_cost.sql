-- What a prefix costs that is sent a number of times, evenly over some hours, each time with fresh tokens after it: on
-- every list under every caching rule in marts.cache_rate at an instant, in the list's currency, as known at the
-- release. A rented cache is built once, read at every use and rented for the hours; any other is written by the first
-- use and read by the rest, or written by all where the gap outlasts its time to live (one that is not stated is taken
-- to hold). A prefix under the rule's minimum is not cached and saves nothing. The length of a request chooses its
-- tier.
create or replace macro prefix_cost(prefix_tokens, fresh_tokens, uses, hours, valid_at) as table
with rule_rate as (
    select
        *,
        cast(input_rate as double) / 1e6 as token_rate,
        cacheable_tokens(prefix_tokens, min_tokens, step_tokens) as cached_tokens,
        cast(storage_per_mtok_hour as double) * hours / 1e6 as token_rent,
        coalesce(60.0 * hours / uses <= ttl_minutes, true) as is_alive
    from marts.cache_rate
    where
        (valid_from is null or valid_from <= utc(valid_at))
        and (valid_to is null or valid_to > utc(valid_at))
        and context_over_tokens < prefix_tokens + fresh_tokens
    qualify rank() over (
        partition by provider_id, sku, service_tier, price_window_id, region, currency
        order by context_over_tokens desc
    ) = 1
)

select
    provider_id,
    sku,
    model_id,
    service_tier,
    context_over_tokens,
    price_window_id,
    region,
    currency,
    rule_id,
    rule_fact_id,
    mechanism,
    ttl_minutes,
    note,
    cached_tokens,
    token_rate * uses * (prefix_tokens + fresh_tokens) as cost_uncached,
    token_rate * uses * (prefix_tokens + fresh_tokens - cached_tokens)
    + case
        when cached_tokens = 0 then 0
        when token_rent is not null
            then cached_tokens * (token_rate * (write_multiple + read_multiple * uses) + token_rent)
        when is_alive then cached_tokens * token_rate * (write_multiple + read_multiple * (uses - 1))
        else cached_tokens * token_rate * write_multiple * uses
    end as cost_cached,
    case when cached_tokens > 0 then token_rent * cached_tokens end as rent,
    case
        when cached_tokens = 0 or (token_rent is null and not is_alive) then null
        when token_rent is null then break_even_uses(read_multiple, write_multiple)
        else (token_rate * write_multiple + token_rent) / nullif(token_rate * (1 - read_multiple), 0)
    end as break_even_uses,
    array_sort(fact_ids) as fact_ids
from rule_rate;
