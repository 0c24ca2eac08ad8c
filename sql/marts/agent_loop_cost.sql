-- grain: one row a SKU's standard list under a caching rule, a time, and a number of turns of one loop
-- The loop is the one of the notes on methods: S = 10,000 tokens of system prompt and tools, u = 1,000 new input and
-- a = 500 output tokens a turn. The prompt of turn t is I(t) = S + t u + (t - 1) a; T turns send sum = T S +
-- u T (T + 1) / 2 + a T (T - 1) / 2. A cache of prefixes writes I(T) of it once and reads the rest: turns follow each
-- other within the time to live, and the remainder of a step (at most 127 tokens a turn) is neglected. Caching pays
-- from the first T with w I(T) + r (sum - I(T)) < sum. A loop is priced while its longest prompt stays under the list's
-- next price tier, for a longer one is billed whole at that tier's rates; not where the first prompt is too short to be
-- cached.
with digits as (
    select cast(digit as bigint) as digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as written (digit)
),

turn as (
    select 10 * tens.digit + ones.digit + 1 as turns
    from digits as tens
    cross join digits as ones
),

loops as (
    select
        turns,
        10000 + turns * 1000 + (turns - 1) * 500 as prompt_tokens,
        turns * 10000 + 500 * turns * (turns + 1) + 250 * turns * (turns - 1) as input_tokens,
        turns * 500 as output_tokens
    from turn
),

rate as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from marts.cache_rate
    where service_tier = 'standard' and context_over_tokens = 0
),

pair as (
    select distinct
        read_multiple,
        write_multiple
    from rate
),

profitable as (
    select
        pair.read_multiple,
        pair.write_multiple,
        min(loops.turns) as first_profitable_turn
    from pair
    inner join loops
        on
            pair.write_multiple * loops.prompt_tokens
            + pair.read_multiple * (loops.input_tokens - loops.prompt_tokens)
            < loops.input_tokens
    group by pair.read_multiple, pair.write_multiple
),

price as (
    select
        *,
        coalesce(valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end
    from marts.api_price
    where known_to is null and service_tier = 'standard'
),

next_tier as (
    select
        provider_id,
        sku,
        region,
        currency,
        min(context_over_tokens) as tier_over_tokens
    from price
    where context_over_tokens > 0
    group by provider_id, sku, region, currency
),

listed as (
    select
        rate.*,
        output.fact_id as output_fact_id,
        output.amount as output_rate,
        output.usd_per_mtok as output_usd_per_mtok,
        next_tier.tier_over_tokens,
        profitable.first_profitable_turn,
        greatest(rate.valid_start, output.valid_start) as all_start,
        least(rate.valid_end, output.valid_end) as all_end
    from rate
    inner join price as output
        on
            rate.provider_id = output.provider_id
            and rate.sku = output.sku
            and output.token_class = 'output'
            and output.context_over_tokens = 0
            and rate.price_window_id is not distinct from output.price_window_id
            and rate.region is not distinct from output.region
            and rate.currency = output.currency
            and rate.valid_end > output.valid_start
            and rate.valid_start < output.valid_end
    left join next_tier
        on
            rate.provider_id = next_tier.provider_id
            and rate.sku = next_tier.sku
            and rate.region is not distinct from next_tier.region
            and rate.currency = next_tier.currency
    left join profitable
        on rate.read_multiple = profitable.read_multiple and rate.write_multiple = profitable.write_multiple
    where coalesce(rate.min_tokens, 0) <= 11000
)

select
    listed.provider_id,
    listed.sku,
    listed.token_class,
    listed.service_tier,
    listed.context_over_tokens,
    listed.price_window_id,
    listed.region,
    listed.currency,
    listed.model_id,
    listed.rule_fact_id,
    listed.rule_id,
    listed.ttl_minutes,
    nullif(listed.all_start, timestamp '0001-01-01') as valid_from,
    nullif(listed.all_end, timestamp '9999-12-31') as valid_to,
    loops.turns,
    loops.input_tokens,
    loops.prompt_tokens as written_tokens,
    loops.output_tokens,
    1 - cast(loops.prompt_tokens as double) / loops.input_tokens as hit_rate,
    listed.input_rate,
    listed.output_rate,
    listed.read_multiple,
    listed.write_multiple,
    listed.multiples_from,
    (
        cast(listed.input_usd_per_mtok as double) * loops.input_tokens
        + cast(listed.output_usd_per_mtok as double) * loops.output_tokens
    )
    / 1e6 as usd_uncached,
    (
        cast(listed.input_usd_per_mtok as double)
        * (
            listed.write_multiple * loops.prompt_tokens
            + listed.read_multiple * (loops.input_tokens - loops.prompt_tokens)
        )
        + cast(listed.output_usd_per_mtok as double) * loops.output_tokens
    )
    / 1e6 as usd_cached,
    listed.first_profitable_turn,
    listed.note,
    array_sort(list_concat(listed.fact_ids, [listed.output_fact_id])) as fact_ids
from listed
inner join loops on coalesce(listed.tier_over_tokens, 1000000000) >= loops.prompt_tokens
where listed.all_start < listed.all_end and loops.turns in (1, 2, 5, 10, 20, 50, 100)
