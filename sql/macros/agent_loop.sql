-- The cost curve of an agent's loop by turn, with and without a cache of prefixes: on every list under every caching
-- rule in marts.cache_rate at an instant, in the list's currency, as known at the release; sums up to each turn. The
-- prompt of turn t is the system prompt and tools, the new input of t turns and the output of t - 1; it reads the
-- prompt of the turn before and writes the rest of its own, as far as they reach the rule's minimum, and chooses the
-- tier of its turn. Turns follow each other within the time to live. marts.agent_loop_cost has one loop through time.
create or replace macro agent_loop(system_tokens, input_per_turn, output_per_turn, turns, valid_at) as table
with prompts as (
    select
        turn,
        system_tokens + turn * input_per_turn + (turn - 1) * output_per_turn as prompt_tokens,
        case when turn > 1 then system_tokens + (turn - 1) * input_per_turn + (turn - 2) * output_per_turn else 0 end
            as earlier_tokens
    from (select unnest(range(1, turns + 1)) as turn) as counted
),

in_force as (
    select *
    from marts.cache_rate
    where (valid_from is null or valid_from <= utc(valid_at)) and (valid_to is null or valid_to > utc(valid_at))
),

output_rate as (
    select *
    from marts.api_price
    where
        token_class = 'output'
        and known_to is null
        and (valid_from is null or valid_from <= utc(valid_at))
        and (valid_to is null or valid_to > utc(valid_at))
),

billed as (
    select
        rate.* exclude (fact_ids),
        prompts.turn,
        prompts.prompt_tokens,
        list_concat(rate.fact_ids, [output_rate.fact_id]) as fact_ids,
        cast(rate.input_rate as double) / 1e6 as token_rate,
        cast(output_rate.amount as double) * output_per_turn / 1e6 as output_cost,
        case when prompts.earlier_tokens >= coalesce(rate.min_tokens, 0) then prompts.earlier_tokens else 0 end
            as read_tokens,
        prompts.prompt_tokens >= coalesce(rate.min_tokens, 0) as is_written
    from in_force as rate
    inner join output_rate
        on
            rate.provider_id = output_rate.provider_id
            and rate.sku = output_rate.sku
            and rate.service_tier = output_rate.service_tier
            and rate.context_over_tokens = output_rate.context_over_tokens
            and rate.price_window_id is not distinct from output_rate.price_window_id
            and rate.region is not distinct from output_rate.region
            and rate.currency = output_rate.currency
    inner join prompts on rate.context_over_tokens < prompts.prompt_tokens
    qualify rank() over (
        partition by
            rate.provider_id,
            rate.sku,
            rate.service_tier,
            rate.price_window_id,
            rate.region,
            rate.currency,
            prompts.turn
        order by rate.context_over_tokens desc
    ) = 1
),

curve as (
    select
        provider_id,
        sku,
        model_id,
        service_tier,
        price_window_id,
        region,
        currency,
        rule_id,
        rule_fact_id,
        ttl_minutes,
        turn,
        sum(token_rate * prompt_tokens + output_cost) over so_far as cost_uncached,
        sum(
            token_rate
            * (
                read_multiple * read_tokens
                + case when is_written then write_multiple else 1 end * (prompt_tokens - read_tokens)
            )
            + output_cost
        ) over so_far as cost_cached,
        sum(read_tokens) over so_far / sum(prompt_tokens) over so_far as hit_rate,
        array_sort(fact_ids) as fact_ids
    from billed
    window
        so_far as (
            partition by
                provider_id, sku, service_tier, price_window_id, region, currency, rule_fact_id, ttl_minutes
            order by turn
        )
)

select
    *,
    min(turn) filter (where cost_cached < cost_uncached) over (
        partition by provider_id, sku, service_tier, price_window_id, region, currency, rule_fact_id, ttl_minutes
    ) as first_profitable_turn
from curve;
