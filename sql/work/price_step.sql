-- grain: one row an event, with the rate that stands after it
-- The events of a series walked through in the order of their times. An anchor sets the rate, also one that was seen
-- before, since it alone tells how long and of what kind; of two at one instant the better source's. A change counts if
-- it starts from the rate then current (within a thousandth), so that a late sight of an old change and a source's own
-- slip move nothing; nor does it move a rate that is documented to its end. A first word counts only where there is no
-- rate. An end counts if it ends the rate that stands, and a vendor's retirement of the SKU always; after a documented
-- end, or a retirement, only an anchor begins anew.
with recursive walk as (
    select distinct
        series_id,
        known_from,
        known_to,
        cast(0 as bigint) as place,
        timestamp '0001-01-01' as happens_at,
        cast(null as decimal(24, 12)) as amount,
        cast(null as bigint) as statement_no,
        cast(null as varchar) as kind,
        cast(null as varchar) as end_reason,
        cast(null as timestamp) as since,
        cast(null as timestamp) as until,
        cast(null as varchar) as verdict
    from work.price_event
    union all
    select
        series_id,
        known_from,
        known_to,
        place,
        happens_at,
        case verdict when 'begins' then event_amount when 'ends' then null else amount end as amount,
        case when verdict in ('begins', 'ends') then event_statement_no else statement_no end as statement_no,
        case verdict when 'begins' then event_kind when 'ends' then 'ends' else kind end as kind,
        case verdict when 'begins' then null when 'ends' then event_end_reason else end_reason end as end_reason,
        case when verdict in ('begins', 'ends') then happens_at else since end as since,
        case when verdict in ('begins', 'ends') then event_until else until end as until,
        verdict
    from (
        select
            walk.series_id,
            walk.known_from,
            walk.known_to,
            walk.amount,
            walk.statement_no,
            walk.kind,
            walk.end_reason,
            walk.since,
            walk.until,
            event.place,
            event.happens_at,
            event.amount as event_amount,
            event.statement_no as event_statement_no,
            event.kind as event_kind,
            event.end_reason as event_end_reason,
            event.until as event_until,
            case
                when event.kind = 'ends'
                    then case
                        when event.amount is null then 'ends'
                        when walk.amount is null and event.end_reason in ('documented', 'retired', 'closed') then 'ends'
                        when walk.amount is null then 'ignored'
                        when event.statement_no = walk.statement_no then 'ends'
                        when
                            walk.kind = 'anchor'
                            and walk.until < timestamp '9999-12-31'
                            and walk.until > event.happens_at
                            then 'ignored'
                        when event.amount = walk.amount or event.end_reason = 'retired' then 'ends'
                        else 'ignored'
                    end
                when event.amount = walk.amount and (event.kind <> 'anchor' or walk.kind = 'anchor') then 'agrees'
                when event.kind = 'anchor'
                    then case
                        when walk.kind = 'anchor' and walk.since = event.happens_at then 'ignored'
                        else 'begins'
                    end
                when walk.end_reason in ('documented', 'retired') then 'ignored'
                when walk.end_reason = 'closed' and event.kind = 'first' then 'ignored'
                when walk.amount is null then 'begins'
                when walk.kind = 'anchor' and walk.until < timestamp '9999-12-31' and walk.until > event.happens_at
                    then 'ignored'
                when
                    event.kind = 'change'
                    and abs(cast(walk.amount as double) - cast(event.old_amount as double))
                    <= 0.001 * cast(event.old_amount as double)
                    then 'begins'
                else 'ignored'
            end as verdict
        from walk
        inner join work.price_event as event
            on
                walk.series_id = event.series_id
                and walk.known_from = event.known_from
                and walk.place + 1 = event.place
    ) as met
)

select *
from walk
