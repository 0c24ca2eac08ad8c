-- grain: one row a statement that may speak for its series
-- Statements by number, since what follows sorts them many times over: what they say, when it holds, since when and
-- until when it was known. A retracted one is left out; a superseded one is known until what supersedes it is. What
-- people wrote down is an anchor, as is what a feed documents. A source that copies another is of its lineage.
with source_lineage as (
    select
        source.source_id,
        coalesce(copy.copies_source_id, source.source_id) as lineage
    from ref.source as source
    left join ref.source_copy as copy on source.source_id = copy.source_id
)

select
    price.series_id,
    row_number() over (order by price.fact_id) as statement_no,
    dense_rank() over (order by price.source_id, coalesce(price.source_sku, '')) as source_no,
    price.fact_id,
    source_lineage.lineage,
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
    price.known_from as known_start,
    least(
        coalesce(price.known_to, timestamp '9999-12-31'), coalesce(newer.known_from, timestamp '9999-12-31')
    ) as known_end
from facts.api_price as price
inner join source_lineage on price.source_id = source_lineage.source_id
left join facts.fact as newer on price.superseded_by = newer.fact_id
where price.status <> 'retracted' and price.amount is not null
