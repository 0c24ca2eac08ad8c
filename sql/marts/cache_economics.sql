-- grain: one row a SKU's list, a caching rule that covers it or a write rate of its own, a time, and a hit rate
-- Effective multiple = h r + (1 - h) w: what is read at the read multiple r, what is missed and written at w, both of
-- `marts.cache_rate`.
with grid as (
    select cast(share as double) as hit_rate
    from (values (0.0), (0.25), (0.5), (0.75), (0.9), (0.95), (0.99), (1.0)) as shares (share)
)

select
    rate.provider_id,
    rate.sku,
    rate.token_class,
    rate.service_tier,
    rate.context_over_tokens,
    rate.price_window_id,
    rate.region,
    rate.currency,
    rate.model_id,
    rate.rule_fact_id,
    rate.rule_id,
    rate.ttl_minutes,
    rate.valid_from,
    rate.valid_to,
    grid.hit_rate,
    rate.input_rate,
    rate.read_multiple,
    rate.write_multiple,
    rate.multiples_from,
    grid.hit_rate * rate.read_multiple + (1 - grid.hit_rate) * rate.write_multiple as effective_multiple,
    cast(rate.input_rate as double)
    * (grid.hit_rate * rate.read_multiple + (1 - grid.hit_rate) * rate.write_multiple) as effective_per_mtok,
    cast(rate.input_usd_per_mtok as double)
    * (grid.hit_rate * rate.read_multiple + (1 - grid.hit_rate) * rate.write_multiple) as effective_usd_per_mtok,
    1 - (grid.hit_rate * rate.read_multiple + (1 - grid.hit_rate) * rate.write_multiple) as saving_share,
    rate.note,
    rate.fact_ids
from marts.cache_rate as rate
cross join grid
