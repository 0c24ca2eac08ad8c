-- The runs of one feed after a batch of its contents: a statement that stands with one value in contents that follow
-- one another is one run. Reads `standing`, the runs that reach the content before the batch, and `batch`, the keys of
-- the batch's observations with the number of their content. Most values stand in contents without a gap, which a
-- group tells; only those that come back are walked through in order.
with seen as (
    select
        statement_key,
        value_key,
        first_no,
        last_no
    from standing
    union all
    select
        statement_key,
        value_key,
        content_no as first_no,
        content_no as last_no
    from batch
),

whole as (
    select
        statement_key,
        value_key,
        min(first_no) as first_no,
        max(last_no) as last_no,
        sum(last_no - first_no + 1) = max(last_no) - min(first_no) + 1 as is_unbroken
    from seen
    group by statement_key, value_key
),

marked as (
    select
        seen.statement_key,
        seen.value_key,
        seen.first_no,
        seen.last_no,
        case
            when
                lag(seen.last_no) over (
                    partition by seen.statement_key, seen.value_key
                    order by seen.first_no
                ) = seen.first_no - 1
                then 0
            else 1
        end as begins
    from seen
    inner join whole on seen.statement_key = whole.statement_key and seen.value_key = whole.value_key
    where not whole.is_unbroken
),

island as (
    select
        statement_key,
        value_key,
        first_no,
        last_no,
        sum(begins) over (
            partition by statement_key, value_key
            order by first_no
            rows between unbounded preceding and current row
        ) as island
    from marked
)

select
    statement_key,
    first_no,
    last_no
from whole
where is_unbroken
union all
select
    statement_key,
    min(first_no) as first_no,
    max(last_no) as last_no
from island
group by statement_key, value_key, island
