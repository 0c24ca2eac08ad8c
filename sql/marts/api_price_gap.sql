-- grain: one row a stretch of both time axes in which a series has no rate
-- Before its first rate, between two, after its last; for the whole of time where no source states any, before any did,
-- and after all took it back. A stretch before the launch is not a gap in our sight, and one in which the SKU had other
-- rates is a class that it did not have; a rate that ends where others of its list go on is no longer stated.
with first_known as (
    select
        standing.series_id,
        min(standing.known_from) as known_to,
        array_sort(array_agg(distinct known.fact_id)) as fact_ids
    from work.price_standing as standing
    inner join work.price_known as known on standing.statement_no = known.statement_no
    group by standing.series_id
),

ungrounded as (
    select
        series_id,
        array_sort(array_agg(distinct fact_id)) as fact_ids
    from facts.api_price
    group by series_id
),

continued as (
    select distinct ending.fact_id
    from facts.api_price as ending
    inner join marts.api_price as going_on
        on
            ending.provider_id = going_on.provider_id
            and ending.sku = going_on.sku
            and ending.service_tier = going_on.service_tier
            and ending.context_over_tokens = going_on.context_over_tokens
            and ending.price_window_id is not distinct from going_on.price_window_id
            and ending.series_id <> going_on.series_id
            and (going_on.valid_from is null or ending.valid_to >= going_on.valid_from)
            and (going_on.valid_to is null or ending.valid_to < going_on.valid_to)
    where ending.valid_to is not null and ending.end_reason is null and going_on.known_to is null
),

sku_begun as (
    select
        series.provider_id,
        series.sku,
        min(regime.valid_from) as begins
    from work.price_regime as regime
    inner join ref.price_series as series on regime.series_id = series.series_id
    where
        regime.amount is not null
        and regime.known_to is null
        and series.service_tier = 'standard'
        and series.token_class in ('input', 'output')
    group by series.provider_id, series.sku
),

empty as (
    select
        regime.*,
        following.valid_from_basis in ('documented', 'release_date') as is_documented,
        coalesce(regime.valid_to, timestamp '9999-12-31') as ends,
        least(
            coalesce(begun.begins, timestamp '9999-12-31'), coalesce(regime.valid_to, timestamp '9999-12-31')
        ) as sku_begins,
        least(
            coalesce(model.released_on, timestamp '0001-01-01'),
            coalesce(begun.begins, timestamp '9999-12-31'),
            coalesce(regime.valid_to, timestamp '9999-12-31')
        ) as launched
    from work.price_regime as regime
    inner join ref.price_series as series on regime.series_id = series.series_id
    left join sku_begun as begun on series.provider_id = begun.provider_id and series.sku = begun.sku
    left join facts.api_price as following on regime.next_fact_id = following.fact_id
    left join ref.model as model on following.model_id = model.model_id
    where regime.amount is null
),

before as (
    select
        *,
        cast(null as timestamp) as part_from,
        case when is_documented then sku_begins else launched end as part_to,
        'not_launched' as reason
    from empty
    where fact_id is null and (is_documented or launched > timestamp '0001-01-01')
    union all
    select
        *,
        nullif(launched, timestamp '0001-01-01') as part_from,
        sku_begins as part_to,
        'before_first_sight' as reason
    from empty
    where fact_id is null and not coalesce(is_documented, false) and launched < sku_begins and sku_begins < ends
    union all
    select
        *,
        sku_begins as part_from,
        ends as part_to,
        'field_absent' as reason
    from empty
    where fact_id is null and sku_begins < ends
    union all
    select
        *,
        nullif(launched, timestamp '0001-01-01') as part_from,
        ends as part_to,
        case
            when next_fact_id is not null then 'before_first_sight'
            else 'conflict_unresolved'
        end as reason
    from empty
    where fact_id is null and not coalesce(is_documented, false) and sku_begins = ends and launched < ends
),

gap as (
    select
        series_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        cast(null as timestamp) as known_from,
        known_to,
        'before_first_sight' as reason,
        fact_ids
    from first_known
    union all
    select
        before.series_id,
        before.part_from as valid_from,
        nullif(before.part_to, timestamp '9999-12-31') as valid_to,
        before.known_from,
        before.known_to,
        case when before.reason = 'conflict_unresolved' and held.series_id is null then 'removed' else before.reason end
            as reason,
        case when before.next_fact_id is not null then [before.next_fact_id] else ungrounded.fact_ids end as fact_ids
    from before
    inner join ungrounded on before.series_id = ungrounded.series_id
    left join (
        select distinct
            series_id,
            known_from
        from work.price_standing
    ) as held
        on before.series_id = held.series_id and before.known_from = held.known_from
    union all
    select
        regime.series_id,
        regime.valid_from,
        regime.valid_to,
        regime.known_from,
        regime.known_to,
        case
            when regime.end_reason in ('retired', 'closed') then 'retired'
            when regime.end_reason in ('removed', 'feed_gap', 'field_absent') then regime.end_reason
            when continued.fact_id is not null then 'field_absent'
            when regime.next_fact_id is not null then 'feed_gap'
            when regime.end_reason = 'documented' then 'retired'
            else 'removed'
        end as reason,
        [regime.fact_id] as fact_ids
    from work.price_regime as regime
    left join continued on regime.fact_id = continued.fact_id
    where regime.amount is null and regime.fact_id is not null
    union all
    select
        series.series_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        cast(null as timestamp) as known_from,
        cast(null as timestamp) as known_to,
        'field_absent' as reason,
        [min(sibling.fact_id)] as fact_ids
    from ref.price_series as series
    left join first_known as own on series.series_id = own.series_id
    inner join facts.api_price as sibling
        on series.provider_id = sibling.provider_id and series.sku = sibling.sku and series.currency = sibling.currency
    where own.series_id is null
    group by series.series_id
)

select
    gap.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    gap.valid_from,
    gap.valid_to,
    gap.known_from,
    gap.known_to,
    gap.reason,
    gap.fact_ids
from gap
inner join ref.price_series as series on gap.series_id = series.series_id
