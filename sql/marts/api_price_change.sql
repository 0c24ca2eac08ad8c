-- grain: one row a change of a series, as known at the release
-- Neighbouring stretches of one series whose rates differ. The end of a promotion is a change of its own kind, and so
-- is a name that came to mean another model; a series that stops and returns has no change between. A class that
-- appears when its SKU has rates already was added, not listed. An announced change that its source withdrew before it
-- took effect is kept as cancelled, and what sources put right of their own, as `marts.api_price_sighting` tells it, is
-- kept beside the changes of the price. A new rate that somebody stated long before the change may be no change: a file
-- that was put right after years looks the same, where no other source ever had the old rate.
with believed as (
    select
        *,
        lag(amount) over (partition by series_id order by valid_from nulls first) as old,
        lag(valid_to) over (partition by series_id order by valid_from nulls first) as old_valid_to,
        lag(price_kind) over (partition by series_id order by valid_from nulls first) as old_kind,
        lag(model_id) over (partition by series_id order by valid_from nulls first) as old_model_id,
        lag(fact_id) over (partition by series_id order by valid_from nulls first) as old_fact_id,
        lead(fact_id) over (partition by series_id order by valid_from nulls first) as next_fact_id
    from marts.api_price
    where known_to is null
),

sku_since as (
    select
        provider_id,
        sku,
        region,
        min(valid_from) as valid_from
    from believed
    group by provider_id, sku, region
),

meant as (
    select
        believed.*,
        coalesce(before.model_id, believed.old_model_id) as before_model_id,
        coalesce(since.model_id, believed.model_id) as since_model_id
    from believed
    left join ref.model_alias as before
        on
            concat(believed.provider_id, '-api') = before.namespace
            and believed.sku = before.alias
            and believed.valid_from > before.valid_from
            and (before.valid_to is null or believed.valid_from <= before.valid_to)
    left join ref.model_alias as since
        on
            concat(believed.provider_id, '-api') = since.namespace
            and believed.sku = since.alias
            and believed.valid_from >= since.valid_from
            and (since.valid_to is null or believed.valid_from < since.valid_to)
),

changed as (
    select
        series_id,
        valid_from,
        old,
        amount as new,
        case
            when old_kind = 'promo' and price_kind = 'list' then 'promo_end'
            when before_model_id <> since_model_id then 'alias_moved'
            else 'price_change'
        end as change_kind,
        valid_from_basis,
        concat_ws(
            '; ',
            concat(old_kind, ' to ', price_kind, ', ', valid_from_basis),
            case
                when before_model_id <> since_model_id
                    then concat('the name moved from ', before_model_id, ' to ', since_model_id)
            end
        ) as evidence,
        [old_fact_id, fact_id] as fact_ids
    from meant
    where old_valid_to = valid_from and old <> amount
    union all
    select
        believed.series_id,
        believed.valid_from,
        cast(null as decimal(24, 12)) as old,
        believed.amount as new,
        case when min(other.valid_from) < believed.valid_from then 'field_added' else 'listed' end as change_kind,
        believed.valid_from_basis,
        case
            when min(other.valid_from) < believed.valid_from
                then concat('other rates of the SKU since ', cast(min(other.valid_from) as varchar))
            else concat('first rate of the SKU, ', believed.valid_from_basis)
        end as evidence,
        [believed.fact_id] as fact_ids
    from believed
    left join sku_since as other
        on
            believed.provider_id = other.provider_id
            and believed.sku = other.sku
            and believed.region is not distinct from other.region
    where believed.old_fact_id is null and believed.valid_from is not null
    group by
        believed.series_id, believed.valid_from, believed.amount, believed.valid_from_basis, believed.fact_id
    union all
    select
        series_id,
        seen_at as valid_from,
        max(old) as old,
        new,
        change_kind,
        'first_observed' as valid_from_basis,
        concat(min(source_id), ': ', min(evidence)) as evidence,
        array_sort(list_distinct(flatten(array_agg(fact_ids)))) as fact_ids
    from marts.api_price_sighting
    where change_kind in ('correction', 'unit_fix', 'reverted')
    group by series_id, seen_at, new, change_kind
    union all
    select
        believed.series_id,
        believed.valid_to as valid_from,
        believed.amount as old,
        cast(null as decimal(24, 12)) as new,
        case when count(windowed.fact_id) > 0 then 'window_change' else 'withdrawn' end as change_kind,
        cast(null as varchar) as valid_from_basis,
        case
            when count(windowed.fact_id) > 0 then 'rates by the hour take its place'
            else 'the rate ends and none follows'
        end as evidence,
        [believed.fact_id] as fact_ids
    from believed
    left join believed as windowed
        on
            believed.provider_id = windowed.provider_id
            and believed.sku = windowed.sku
            and believed.token_class = windowed.token_class
            and believed.service_tier = windowed.service_tier
            and believed.currency = windowed.currency
            and believed.price_window_id is null
            and windowed.price_window_id is not null
            and believed.valid_to = windowed.valid_from
    where believed.next_fact_id is null and believed.valid_to is not null
    group by believed.series_id, believed.valid_to, believed.amount, believed.fact_id
    union all
    select
        announced.series_id,
        announced.valid_from,
        min(standing.amount) as old,
        announced.amount as new,
        'announcement_cancelled' as change_kind,
        min(stated.valid_from_basis) as valid_from_basis,
        concat('withdrawn at ', cast(max(announced.known_to) as varchar), ', before it took effect') as evidence,
        list_filter(
            array_sort(list_distinct(list_append(array_agg(announced.fact_id), min(standing.fact_id)))),
            lambda x: x is not null
        ) as fact_ids
    from marts.api_price as announced
    inner join facts.api_price as stated on announced.fact_id = stated.fact_id
    left join marts.api_price as standing
        on
            announced.series_id = standing.series_id
            and standing.known_to is null
            and (standing.valid_from is null or announced.valid_from >= standing.valid_from)
            and (standing.valid_to is null or announced.valid_from < standing.valid_to)
    where
        announced.known_to <= stated.valid_from
        and announced.valid_from = stated.valid_from
        and (standing.amount is null or standing.amount <> announced.amount)
    group by announced.series_id, announced.valid_from, announced.amount
),

stated_since as (
    select
        series_id,
        amount,
        min(coalesce(valid_from, known_from)) as new_stated_since
    from facts.api_price
    where status = 'active'
    group by series_id, amount
)

select
    changed.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    changed.valid_from,
    changed.old,
    changed.new,
    cast(changed.new as double) / nullif(cast(changed.old as double), 0) as multiple,
    changed.change_kind,
    changed.valid_from_basis,
    stated_since.new_stated_since,
    changed.evidence,
    changed.fact_ids
from changed
inner join ref.price_series as series on changed.series_id = series.series_id
left join stated_since on changed.series_id = stated_since.series_id and changed.new = stated_since.amount
