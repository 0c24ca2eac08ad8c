-- grain: one row a statement of a series and a stretch of knowledge in which its source made it
-- Known time is cut, for each series, wherever a statement of it becomes known, ends its being known, or learns its own
-- end; before that, the rate was open. In each stretch a source's statements follow one another, and what it soon took
-- back is told from what it changed:
-- `correction`: replaced within seven days, where another lineage had the replacement already, or where it was the
-- first the source said of the series and nobody else said the same;
-- `reverted`: gone within thirty days to the amount before it, and said by no other lineage;
-- `unit_fix`: replaced by its thousandfold or more, or its thousandth or less, and said by no other lineage; where that
-- was so replaced in turn, it was the wrong one.
-- What people wrote into the seeds is never taken for a slip, nor is what a source told with its end, of the past or of
-- what was to come.
with version as (
    select
        series_id,
        statement_no,
        valid_end,
        end_known_from as version_start,
        known_end as version_end
    from work.price_known
    where end_known_from < known_end
    union all
    select
        series_id,
        statement_no,
        timestamp '9999-12-31' as valid_end,
        known_start as version_start,
        least(end_known_from, known_end) as version_end
    from work.price_known
    where known_start < least(end_known_from, known_end)
),

known_cut as (
    select
        series_id,
        version_start as cut
    from version
    union
    select
        series_id,
        version_end as cut
    from version
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
        version.statement_no,
        version.valid_end,
        known.source_no,
        known.amount,
        known.valid_start,
        known.is_anchor,
        known.lineage
    from version
    inner join known_span
        on
            version.series_id = known_span.series_id
            and version.version_start <= known_span.known_from
            and version.version_end > known_span.known_from
    inner join work.price_known as known on version.statement_no = known.statement_no
),

in_order as (
    select
        *,
        lag(statement_no) over source_order as before_no,
        lag(amount) over source_order as before_amount,
        lag(valid_start) over source_order as before_start,
        lag(valid_end) over source_order as before_end,
        lead(amount) over source_order as after_amount,
        lead(valid_start) over source_order as after_start,
        lead(valid_end) over source_order as after_end,
        lead(amount, 2) over source_order as later_amount,
        lead(valid_start, 2) over source_order as later_start
    from standing
    window
        source_order as (
            partition by series_id, known_from, source_no
            order by valid_start, valid_end, statement_no
        )
),

replaced as (
    select
        mine.known_from,
        mine.statement_no,
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
    group by mine.known_from, mine.statement_no
),

slipped as (
    select
        replaced.known_from,
        replaced.statement_no,
        case
            when
                (
                    cast(in_order.after_amount as double) >= 999 * cast(in_order.amount as double)
                    or 999 * cast(in_order.after_amount as double) <= cast(in_order.amount as double)
                )
                and not (
                    coalesce(in_order.later_start = in_order.after_end, false)
                    and (
                        cast(in_order.later_amount as double) >= 999 * cast(in_order.after_amount as double)
                        or 999 * cast(in_order.later_amount as double) <= cast(in_order.after_amount as double)
                    )
                )
                then 'unit_fix'
            when
                in_order.before_end = in_order.valid_start
                and in_order.before_amount = in_order.after_amount
                and in_order.valid_end <= in_order.valid_start + interval 30 day
                then 'reverted'
            when
                in_order.valid_end <= greatest(in_order.valid_start, known.known_start) + interval 7 day
                and (replaced.had_replacement or in_order.before_no is null)
                then 'correction'
        end as slip
    from replaced
    inner join in_order
        on replaced.known_from = in_order.known_from and replaced.statement_no = in_order.statement_no
    inner join work.price_known as known on replaced.statement_no = known.statement_no
    where
        not replaced.is_shared
        and in_order.valid_end > known.known_start
        and in_order.valid_end <= known.end_known_from
)

select
    in_order.series_id,
    in_order.known_from,
    nullif(in_order.known_to, timestamp '9999-12-31') as known_to,
    in_order.statement_no,
    in_order.amount,
    in_order.valid_start,
    in_order.valid_end,
    mine.slip,
    in_order.before_no,
    in_order.before_amount,
    in_order.before_start,
    before.slip as before_slip,
    coalesce(in_order.before_end = in_order.valid_start, false) as follows,
    coalesce(in_order.after_start = in_order.valid_end, false) as is_followed
from in_order
left join slipped as mine on in_order.known_from = mine.known_from and in_order.statement_no = mine.statement_no
left join slipped as before on in_order.known_from = before.known_from and in_order.before_no = before.statement_no
