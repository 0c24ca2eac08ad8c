-- grain: one row a stretch of both time axes of a series, with its rate or with why there is none
-- The plane of a series without a remainder from when anything of it was known: the steps of each stretch of knowledge
-- as intervals of valid time, and neighbouring stretches of knowledge that hold the same joined. An empty stretch of
-- knowledge, in which every source had taken its word back, has no rate at all.
with held as (
    select distinct
        series_id,
        known_from,
        known_to
    from work.price_standing
),

held_span as (
    select
        *,
        lead(known_from) over (partition by series_id order by known_from) as next_from
    from held
),

standing_span as (
    select
        series_id,
        known_from,
        known_to
    from held_span
    union all
    select
        series_id,
        known_to as known_from,
        next_from as known_to
    from held_span
    where known_to is not null and next_from is distinct from known_to
),

settled as (
    select
        series_id,
        known_from,
        happens_at,
        amount,
        statement_no,
        kind,
        end_reason
    from work.price_step
    where place = 0 or verdict in ('begins', 'ends')
    qualify row_number() over (partition by series_id, known_from, happens_at order by place desc) = 1
),

stretch as (
    select
        span.series_id,
        span.known_from,
        coalesce(span.known_to, timestamp '9999-12-31') as known_end,
        coalesce(settled.happens_at, timestamp '0001-01-01') as valid_start,
        coalesce(
            lead(settled.happens_at) over (partition by span.series_id, span.known_from order by settled.happens_at),
            timestamp '9999-12-31'
        ) as valid_end,
        settled.amount,
        settled.statement_no,
        settled.kind,
        settled.end_reason,
        lead(settled.statement_no) over (partition by span.series_id, span.known_from order by settled.happens_at)
            as next_statement_no
    from standing_span as span
    left join settled on span.series_id = settled.series_id and span.known_from = settled.known_from
),

neighboured as (
    select
        *,
        lag(known_end) over by_knowledge as before_end,
        lag(next_statement_no) over by_knowledge as before_next_no
    from stretch
    window
        by_knowledge as (
            partition by series_id, valid_start, valid_end, statement_no, kind
            order by known_from
        )
),

island as (
    select
        *,
        sum(
            case
                when before_end = known_from and before_next_no is not distinct from next_statement_no then 0 else 1
            end
        )
            over (
                partition by series_id, valid_start, valid_end, statement_no, kind
                order by known_from
                rows between unbounded preceding and current row
            ) as island
    from neighboured
),

joined as (
    select
        series_id,
        valid_start,
        valid_end,
        statement_no,
        next_statement_no,
        kind,
        min(known_from) as known_from,
        max(known_end) as known_end,
        min(amount) as amount,
        min(end_reason) as end_reason
    from island
    group by series_id, valid_start, valid_end, statement_no, next_statement_no, kind, island
)

select
    joined.series_id,
    nullif(joined.valid_start, timestamp '0001-01-01') as valid_from,
    nullif(joined.valid_end, timestamp '9999-12-31') as valid_to,
    joined.known_from,
    nullif(joined.known_end, timestamp '9999-12-31') as known_to,
    joined.amount,
    mine.fact_id,
    joined.kind,
    joined.end_reason,
    following.fact_id as next_fact_id
from joined
left join work.price_known as mine on joined.statement_no = mine.statement_no
left join work.price_known as following on joined.next_statement_no = following.statement_no
