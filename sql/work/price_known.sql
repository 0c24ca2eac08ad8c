-- grain: one row a statement that may speak for its series
-- Statements by number, since what follows sorts them many times over: what they say, when it holds, since when and
-- until when it was known. A retracted one is left out; a superseded one is known until what supersedes it is. What
-- people wrote down is an anchor, as is what a feed documents. A source that copies another is of its lineage. The
-- retirement of a SKU states of each of its series that it has no rate from then on; so does the day that a feed gives
-- a SKU in a region, until it gives another, of the series that the feed itself does not carry.
with source_lineage as (
    select
        source.source_id,
        coalesce(copy.copies_source_id, source.source_id) as lineage
    from ref.source as source
    left join ref.source_copy as copy on source.source_id = copy.source_id
),

series_stated as (
    select distinct
        series_id,
        provider_id,
        sku,
        region
    from facts.api_price
),

retired_by_feed as (
    select
        provider_id,
        sku,
        region,
        source_id,
        valid_to as retired_at,
        min(fact_id) as fact_id,
        max(confidence) as confidence,
        min(greatest(coalesce(valid_to_known_from, known_from), known_from)) as known_from,
        min(known_to) as known_to
    from facts.api_price
    where origin like 'feed:%' and end_reason = 'retired' and status <> 'retracted'
    group by provider_id, sku, region, source_id, valid_to
),

retirement as (
    select
        series.series_id,
        retirement.source_id,
        retirement.fact_id,
        retirement.confidence,
        retirement.valid_from_basis,
        retirement.valid_from as retired_at,
        retirement.known_from,
        retirement.known_to,
        retirement.superseded_by
    from facts.retirement as retirement
    inner join series_stated as series
        on retirement.provider_id = series.provider_id and retirement.sku = series.sku
    where retirement.status <> 'retracted'
    union all
    select
        series.series_id,
        retirement.source_id,
        retirement.fact_id,
        retirement.confidence,
        'documented' as valid_from_basis,
        retirement.retired_at,
        retirement.known_from,
        retirement.known_to,
        cast(null as varchar) as superseded_by
    from retired_by_feed as retirement
    inner join series_stated as series
        on
            retirement.provider_id = series.provider_id
            and retirement.sku = series.sku
            and retirement.region is not distinct from series.region
    left join facts.api_price as own
        on retirement.source_id = own.source_id and series.series_id = own.series_id and own.status <> 'retracted'
    where own.fact_id is null
),

stated as (
    select
        price.series_id,
        price.source_id,
        coalesce(price.source_sku, '') as source_sku,
        price.fact_id,
        price.amount,
        price.confidence,
        price.end_reason,
        price.valid_from_basis,
        price.status = 'disputed' and (price.valid_from is null or price.origin like 'feed:%') as never_rules,
        price.origin not like 'feed:%' or price.valid_from_basis in ('documented', 'release_date') as is_anchor,
        price.valid_from is null and price.valid_to is not null as is_since_ever,
        case
            when price.valid_from is not null then price.valid_from
            when price.valid_to is not null then timestamp '0001-01-01'
            else price.known_from
        end as valid_start,
        coalesce(price.valid_to, timestamp '9999-12-31') as valid_end,
        greatest(coalesce(price.valid_to_known_from, price.known_from), price.known_from) as end_known_from,
        price.known_from,
        price.known_to,
        coalesce(price.last_confirmed_at, price.known_from) as confirmed_at,
        price.superseded_by
    from facts.api_price as price
    where price.status <> 'retracted' and price.amount is not null
    union all
    select
        series_id,
        source_id,
        'retirement' as source_sku,
        fact_id,
        cast(null as decimal(24, 12)) as amount,
        confidence,
        'retired' as end_reason,
        valid_from_basis,
        false as never_rules,
        true as is_anchor,
        false as is_since_ever,
        retired_at as valid_start,
        timestamp '9999-12-31' as valid_end,
        known_from as end_known_from,
        known_from,
        known_to,
        known_from as confirmed_at,
        superseded_by
    from retirement
)

select
    stated.series_id,
    row_number() over (order by stated.fact_id, stated.series_id) as statement_no,
    dense_rank() over (order by stated.source_id, stated.source_sku) as source_no,
    stated.fact_id,
    source_lineage.lineage,
    stated.amount,
    stated.confidence,
    stated.end_reason,
    stated.valid_from_basis,
    stated.never_rules,
    stated.is_anchor,
    stated.is_since_ever,
    stated.valid_start,
    stated.valid_end,
    stated.end_known_from,
    stated.confirmed_at,
    stated.known_from as known_start,
    least(
        coalesce(stated.known_to, timestamp '9999-12-31'), coalesce(newer.known_from, timestamp '9999-12-31')
    ) as known_end
from stated
inner join source_lineage on stated.source_id = source_lineage.source_id
left join facts.fact as newer on stated.superseded_by = newer.fact_id
