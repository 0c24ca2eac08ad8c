-- grain: one row an event in the history of a series as known in one stretch, in the order of their times
-- What may begin or end a rate, and how much it weighs:
-- `ends`: a documented end, a vendor's retirement of the SKU, or the last sight of a rate that no other observer still
-- states (one of the same lineage counts if it was seen to since);
-- `anchor`: a documented beginning;
-- `change`: a source went from one amount to another, unless an anchor to the same amount follows within seven days, or
-- the two differ by a power of ten, another lineage has the old one, and none has the new;
-- `first`: a source's first word, or its first after silence.
-- A slip has no event. What follows one goes on from what its source had said before, and if that was the slip of
-- another amount, holds from when the first such began, or was first said. A rate of unknown beginning has no event
-- either: it only supplies what a change went from, and its documented end closes the series to a first word.
with slipping as (
    select distinct
        standing.series_id,
        standing.known_from,
        known.source_no
    from work.price_standing as standing
    inner join work.price_known as known on standing.statement_no = known.statement_no
    where standing.slip is not null
),

line as (
    select
        standing.*,
        known.source_no,
        case when known.is_since_ever then known.known_start else standing.valid_start end as said_since,
        sum(case when standing.slip is null then 1 else 0 end) over (
            partition by standing.series_id, standing.known_from, known.source_no
            order by standing.valid_start, standing.valid_end, standing.statement_no
            rows between unbounded preceding and current row
        ) - case when standing.slip is null then 1 else 0 end as kept_before
    from work.price_standing as standing
    inner join work.price_known as known on standing.statement_no = known.statement_no
    inner join slipping
        on
            standing.series_id = slipping.series_id
            and standing.known_from = slipping.known_from
            and known.source_no = slipping.source_no
),

slipped as (
    select
        *,
        min(case when slip is not null then said_since end) over same_rate as slipped_since,
        min(case when slip is not null then valid_start end) over same_rate as slipped_start
    from line
    window same_rate as (partition by series_id, known_from, source_no, kept_before)
),

put_right as (
    select
        known_from,
        statement_no,
        slipped_since,
        case
            when lag(valid_end) over kept_order = coalesce(slipped_start, valid_start) then lag(amount) over kept_order
        end as went_from
    from slipped
    where slip is null
    window
        kept_order as (
            partition by series_id, known_from, source_no order by valid_start, valid_end, statement_no
        )
),

standing as (
    select
        standing.*,
        known.confidence,
        known.lineage,
        known.confirmed_at,
        known.is_anchor,
        known.is_since_ever,
        case when standing.valid_end < timestamp '9999-12-31' then known.end_reason end as end_reason,
        case
            when known.is_anchor then standing.valid_start
            else coalesce(put_right.slipped_since, standing.valid_start)
        end as begins,
        case
            when put_right.statement_no is not null then put_right.went_from
            when standing.follows then standing.before_amount
        end as went_from
    from work.price_standing as standing
    inner join work.price_known as known on standing.statement_no = known.statement_no
    left join put_right
        on standing.known_from = put_right.known_from and standing.statement_no = put_right.statement_no
    where not known.never_rules and standing.slip is null
),

begun as (
    select
        series_id,
        known_from,
        known_to,
        statement_no,
        begins as happens_at,
        amount,
        confidence,
        lineage,
        valid_end as until,
        went_from as old_amount,
        case when is_anchor then 'anchor' when went_from is null then 'first' else 'change' end as kind,
        cast(null as varchar) as end_reason
    from standing
    where amount is not null and not is_since_ever and (is_anchor or went_from is distinct from amount)
),

ended as (
    select distinct
        mine.series_id,
        mine.known_from,
        mine.known_to,
        mine.statement_no,
        mine.valid_end as happens_at,
        mine.amount,
        mine.confidence,
        mine.lineage,
        mine.valid_end as until,
        cast(null as decimal(24, 12)) as old_amount,
        'ends' as kind,
        case
            when mine.is_anchor and mine.is_since_ever then 'closed'
            when mine.is_anchor and mine.end_reason is null then 'documented'
            else mine.end_reason
        end as end_reason
    from standing as mine
    left join standing as other
        on
            mine.series_id = other.series_id
            and mine.known_from = other.known_from
            and mine.statement_no <> other.statement_no
            and mine.amount = other.amount
            and (not other.is_anchor or mine.end_reason in ('feed_gap', 'field_absent'))
            and (
                mine.lineage <> other.lineage
                or mine.end_reason in ('feed_gap', 'field_absent')
                or mine.valid_end <= other.confirmed_at
                or other.is_followed
            )
            and mine.valid_end >= other.valid_start
            and mine.valid_end < other.valid_end
    where
        mine.valid_end < timestamp '9999-12-31'
        and not mine.is_followed
        and (not mine.is_since_ever or mine.is_anchor)
        and (
            other.statement_no is null
            or mine.end_reason = 'retired'
            or (mine.is_anchor and mine.end_reason is null)
        )
    union all
    select
        series_id,
        known_from,
        known_to,
        statement_no,
        valid_start as happens_at,
        amount,
        confidence,
        lineage,
        valid_end as until,
        cast(null as decimal(24, 12)) as old_amount,
        'ends' as kind,
        'retired' as end_reason
    from standing
    where amount is null
),

early as (
    select distinct
        begun.known_from,
        begun.statement_no
    from begun
    inner join begun as anchor
        on
            begun.series_id = anchor.series_id
            and begun.known_from = anchor.known_from
            and begun.happens_at < anchor.happens_at
            and anchor.happens_at <= begun.happens_at + interval 7 day
    where
        begun.kind <> 'anchor'
        and anchor.kind = 'anchor'
        and abs(cast(begun.amount as double) - cast(anchor.amount as double)) <= 0.001 * cast(anchor.amount as double)
),

tenfold as (
    select
        begun.known_from,
        begun.statement_no
    from begun
    inner join standing as other on begun.series_id = other.series_id and begun.known_from = other.known_from
    where
        begun.kind = 'change'
        and abs(log10(cast(begun.amount as double) / nullif(cast(begun.old_amount as double), 0))) >= 0.9999
        and abs(
            log10(cast(begun.amount as double) / nullif(cast(begun.old_amount as double), 0))
            - round(log10(cast(begun.amount as double) / nullif(cast(begun.old_amount as double), 0)))
        ) <= 0.0005
    group by begun.known_from, begun.statement_no
    having
        not bool_or(
            other.lineage <> begun.lineage
            and abs(cast(other.amount as double) - cast(begun.amount as double)) <= 0.001 * cast(begun.amount as double)
        )
        and bool_or(
            other.lineage <> begun.lineage
            and abs(cast(other.amount as double) - cast(begun.old_amount as double))
            <= 0.001 * cast(begun.old_amount as double)
        )
),

event as (
    select begun.*
    from begun
    left join early on begun.known_from = early.known_from and begun.statement_no = early.statement_no
    left join tenfold on begun.known_from = tenfold.known_from and begun.statement_no = tenfold.statement_no
    where early.statement_no is null and tenfold.statement_no is null
    union all
    select * from ended
)

select
    series_id,
    known_from,
    known_to,
    statement_no,
    happens_at,
    amount,
    old_amount,
    until,
    kind,
    end_reason,
    row_number() over (
        partition by series_id, known_from
        order by
            happens_at,
            case
                when kind = 'ends' and amount is not null then 1
                when kind = 'ends' then 2
                when kind = 'anchor' then 3
                when kind = 'change' then 4
                else 5
            end,
            confidence,
            statement_no
    ) as place
from event
