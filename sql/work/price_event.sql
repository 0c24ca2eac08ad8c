-- grain: one row an event in the history of a series as known in one stretch, in the order of their times
-- What may begin or end a rate, and how much it weighs:
-- `ends`: a documented end, or the last sight of a rate that no other observer still states;
-- `anchor`: a documented beginning;
-- `change`: a source went from one amount to another, unless an anchor to the same amount follows within seven days, or
-- the two differ by a power of ten and no other lineage has the new one;
-- `first`: a source's first word, or its first after silence.
-- A slip has no event, and what replaced a correction or a wrong unit holds from when the slip began. A rate of unknown
-- beginning has none either: it only supplies what a change went from, and its documented end closes the series to a
-- first word.
with standing as (
    select
        *,
        case
            when before_slip in ('correction', 'unit_fix') and not is_anchor then before_start
            else valid_start
        end as begins
    from work.price_standing
    where not never_rules and slip is null
),

begun as (
    select
        series_id,
        known_from,
        known_to,
        fact_id,
        begins as happens_at,
        amount,
        confidence,
        valid_from_basis,
        lineage,
        valid_end as until,
        case when follows and before_slip is null then before_amount end as old_amount,
        case
            when is_since_ever then null
            when is_anchor then 'anchor'
            when follows and before_slip is null and before_amount <> amount then 'change'
            when follows and before_slip = 'reverted' then null
            when follows and before_slip is null then null
            else 'first'
        end as kind,
        cast(null as varchar) as end_reason
    from standing
),

ended as (
    select
        mine.series_id,
        mine.known_from,
        mine.known_to,
        mine.fact_id,
        mine.valid_end as happens_at,
        mine.amount,
        mine.confidence,
        mine.valid_from_basis,
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
            and mine.fact_id <> other.fact_id
            and mine.amount = other.amount
            and (not other.is_anchor or mine.end_reason in ('feed_gap', 'field_absent'))
            and other.valid_start <= mine.valid_end
            and other.valid_end > mine.valid_end
    where
        mine.valid_end < timestamp '9999-12-31'
        and not coalesce(mine.is_followed, false)
        and (not mine.is_since_ever or mine.is_anchor)
        and (
            other.fact_id is null
            or mine.end_reason = 'retired'
            or (mine.is_anchor and mine.end_reason is null)
        )
    group by all
),

tenfold as (
    select
        begun.series_id,
        begun.known_from,
        begun.fact_id,
        bool_or(other.lineage <> begun.lineage and other.amount = begun.amount) as is_shared
    from begun
    inner join work.price_standing as other on begun.series_id = other.series_id and begun.known_from = other.known_from
    where
        begun.kind = 'change'
        and abs(log10(cast(begun.amount as double) / cast(begun.old_amount as double))) >= 0.9999
        and abs(
            log10(cast(begun.amount as double) / cast(begun.old_amount as double))
            - round(log10(cast(begun.amount as double) / cast(begun.old_amount as double)))
        ) <= 0.0005
    group by begun.series_id, begun.known_from, begun.fact_id
),

event as (
    select begun.*
    from begun
    left join begun as anchor
        on
            begun.series_id = anchor.series_id
            and begun.known_from = anchor.known_from
            and begun.kind in ('change', 'first')
            and anchor.kind = 'anchor'
            and abs(cast(begun.amount as double) - cast(anchor.amount as double)) <= 0.001 * cast(anchor.amount as double)
            and anchor.happens_at > begun.happens_at
            and anchor.happens_at <= begun.happens_at + interval 7 day
    left join tenfold
        on
            begun.series_id = tenfold.series_id
            and begun.known_from = tenfold.known_from
            and begun.fact_id = tenfold.fact_id
    where begun.kind is not null and anchor.fact_id is null and coalesce(tenfold.is_shared, true)
    union all
    select * from ended
)

select
    *,
    row_number() over (
        partition by series_id, known_from
        order by
            happens_at,
            case kind when 'ends' then 1 when 'anchor' then 2 when 'change' then 3 else 4 end,
            confidence,
            fact_id
    ) as place
from event
