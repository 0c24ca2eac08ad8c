-- grain: one row a statement of a series and a stretch of knowledge in which its source made it
-- Known time is cut, for each series, wherever a statement of it becomes known, ends its being known, or learns its own
-- end; before that, the rate was open. In each stretch a source's statements follow one another, and what it soon took
-- back is told from what it changed:
-- `correction`: replaced within seven days, where another lineage had the replacement already, or where it was the
-- first the source said of the series and nobody else said the same;
-- `reverted`: gone within thirty days to the amount before it, and said by no other lineage;
-- `unit_fix`: replaced by its thousandfold or more, or its thousandth or less, and said by no other lineage.
-- A source that copies another is of its lineage. What people wrote into the seeds is never taken for a slip.
with source_lineage as (
    select
        source.source_id,
        coalesce(copy.copies_source_id, source.source_id) as lineage
    from ref.source as source
    left join ref.source_copy as copy on source.source_id = copy.source_id
),

known as (
    select
        price.series_id,
        price.fact_id,
        price.source_id,
        source_lineage.lineage,
        coalesce(price.source_sku, '') as source_sku,
        price.amount,
        price.confidence,
        price.end_reason,
        price.valid_from,
        price.valid_to,
        price.valid_to_known_from,
        price.valid_from_basis,
        price.status = 'disputed' and price.valid_from is null as never_rules,
        price.origin not like 'feed:%' or price.valid_from_basis in ('documented', 'release_date') as is_anchor,
        price.known_from as known_start,
        least(
            coalesce(price.known_to, timestamp '9999-12-31'), coalesce(newer.known_from, timestamp '9999-12-31')
        ) as known_end,
        case
            when price.valid_from is not null then price.valid_from
            when price.valid_to is not null then timestamp '0001-01-01'
            else price.known_from
        end as valid_start
    from facts.api_price as price
    inner join source_lineage on price.source_id = source_lineage.source_id
    left join facts.fact as newer on price.superseded_by = newer.fact_id
    where price.status <> 'retracted' and price.amount is not null
),

version as (
    select
        *,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end,
        greatest(coalesce(valid_to_known_from, known_start), known_start) as version_start,
        known_end as version_end
    from known
    union all
    select
        *,
        timestamp '9999-12-31' as valid_end,
        known_start as version_start,
        least(valid_to_known_from, known_end) as version_end
    from known
    where valid_to_known_from > known_start
),

known_cut as (
    select
        series_id,
        version_start as cut
    from version
    where version_start < version_end
    union
    select
        series_id,
        version_end as cut
    from version
    where version_start < version_end
),

known_span as (
    select
        series_id,
        cut as known_from,
        lead(cut) over (partition by series_id order by cut) as known_to
    from known_cut
),

standing as (
    select
        version.series_id,
        known_span.known_from,
        known_span.known_to,
        version.fact_id,
        version.source_id,
        version.lineage,
        version.source_sku,
        version.amount,
        version.confidence,
        version.never_rules,
        version.is_anchor,
        version.valid_from_basis,
        version.valid_from is null and version.valid_to is not null as is_since_ever,
        version.valid_start,
        version.valid_end,
        greatest(version.valid_start, version.known_start) as stated_since,
        case when version.valid_end < timestamp '9999-12-31' then version.end_reason end as end_reason
    from version
    inner join known_span
        on
            version.series_id = known_span.series_id
            and version.version_start <= known_span.known_from
            and version.version_end > known_span.known_from
),

in_order as (
    select
        *,
        lag(fact_id) over source_order as before_fact_id,
        lag(amount) over source_order as before_amount,
        lag(valid_end) over source_order as before_end,
        lead(amount) over source_order as after_amount,
        lead(valid_start) over source_order as after_start
    from standing
    window
        source_order as (
            partition by series_id, known_from, source_id, source_sku order by valid_start, valid_end, fact_id
        )
),

replaced as (
    select
        mine.series_id,
        mine.known_from,
        mine.fact_id,
        coalesce(bool_or(other.amount = mine.amount), false) as is_shared,
        coalesce(bool_or(other.amount = mine.after_amount and other.valid_start <= mine.valid_end), false)
        as had_replacement
    from in_order as mine
    left join standing as other
        on
            mine.series_id = other.series_id
            and mine.known_from = other.known_from
            and mine.lineage <> other.lineage
    where
        not mine.is_anchor
        and mine.after_start = mine.valid_end
        and mine.after_amount <> mine.amount
    group by mine.series_id, mine.known_from, mine.fact_id
),

judged as (
    select
        in_order.*,
        case
            when replaced.fact_id is null or replaced.is_shared then null
            when
                cast(in_order.after_amount as double) / cast(in_order.amount as double) >= 999
                or cast(in_order.after_amount as double) / cast(in_order.amount as double) <= 0.001001
                then 'unit_fix'
            when
                in_order.before_end = in_order.valid_start
                and in_order.before_amount = in_order.after_amount
                and in_order.valid_end <= in_order.valid_start + interval 30 day
                then 'reverted'
            when in_order.valid_end <= in_order.stated_since + interval 7 day and replaced.had_replacement
                then 'correction'
            when in_order.valid_end <= in_order.stated_since + interval 7 day and in_order.before_fact_id is null
                then 'correction'
        end as slip
    from in_order
    left join replaced
        on
            in_order.series_id = replaced.series_id
            and in_order.known_from = replaced.known_from
            and in_order.fact_id = replaced.fact_id
)

select
    series_id,
    known_from,
    nullif(known_to, timestamp '9999-12-31') as known_to,
    fact_id,
    source_id,
    lineage,
    source_sku,
    amount,
    confidence,
    never_rules,
    is_anchor,
    is_since_ever,
    valid_from_basis,
    valid_start,
    valid_end,
    end_reason,
    slip,
    before_fact_id,
    before_amount,
    before_end = valid_start as follows,
    after_start = valid_end as is_followed,
    lag(slip) over source_order as before_slip,
    lag(valid_start) over source_order as before_start
from judged
window
    source_order as (partition by series_id, known_from, source_id, source_sku order by valid_start, valid_end, fact_id)
