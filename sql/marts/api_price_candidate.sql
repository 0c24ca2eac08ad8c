-- grain: one row a stretch of a series in both time axes, and a statement that speaks for it
-- The two time axes of a series are cut wherever a statement begins or ends; in each piece the statements that cover it
-- are ranked. A documented end is an anchor; otherwise the statement that began last rules, since a new rate closes an
-- open-ended older one; a statement of unknown beginning rules only where no other speaks: before its end where it has
-- one, else from when it was said; a disputed one of unknown beginning never rules. A superseded statement is believed
-- until the one that supersedes it is known, and an end only since it is known: before, the rate was open.
with known as (
    select
        price.*,
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
    left join facts.fact as newer on price.superseded_by = newer.fact_id
    where price.status <> 'retracted' and price.amount is not null
),

statement as (
    select
        series_id,
        fact_id,
        amount,
        confidence,
        status,
        valid_from,
        valid_from_basis,
        valid_start,
        coalesce(valid_to, timestamp '9999-12-31') as valid_end,
        coalesce(valid_to_known_from, known_start) as known_start,
        known_end
    from known
    union all
    select
        series_id,
        fact_id,
        amount,
        confidence,
        status,
        valid_from,
        valid_from_basis,
        valid_start,
        timestamp '9999-12-31' as valid_end,
        known_start,
        least(valid_to_known_from, known_end) as known_end
    from known
    where valid_to_known_from is not null
),

valid_cut as (
    select
        series_id,
        valid_start as cut
    from statement
    union
    select
        series_id,
        valid_end as cut
    from statement
),

known_cut as (
    select
        series_id,
        known_start as cut
    from statement
    union
    select
        series_id,
        known_end as cut
    from statement
),

valid_span as (
    select
        series_id,
        cut as valid_start,
        lead(cut) over (partition by series_id order by cut) as valid_end
    from valid_cut
),

known_span as (
    select
        series_id,
        cut as known_start,
        lead(cut) over (partition by series_id order by cut) as known_end
    from known_cut
),

covering as (
    select
        statement.series_id,
        statement.fact_id,
        statement.amount,
        statement.confidence,
        valid_span.valid_start,
        valid_span.valid_end,
        known_span.known_start,
        known_span.known_end,
        statement.valid_start as stated_start,
        case
            when statement.valid_from is null and statement.status = 'disputed' then 4
            when statement.valid_from is null then 3
            when
                statement.valid_from_basis in ('documented', 'release_date')
                and statement.valid_end < timestamp '9999-12-31'
                then 1
            else 2
        end as class
    from statement
    inner join valid_span
        on
            statement.series_id = valid_span.series_id
            and statement.valid_start <= valid_span.valid_start
            and statement.valid_end >= valid_span.valid_end
    inner join known_span
        on
            statement.series_id = known_span.series_id
            and statement.known_start <= known_span.known_start
            and statement.known_end >= known_span.known_end
)

select
    series_id,
    fact_id,
    amount,
    nullif(valid_start, timestamp '0001-01-01') as valid_from,
    nullif(valid_end, timestamp '9999-12-31') as valid_to,
    known_start as known_from,
    nullif(known_end, timestamp '9999-12-31') as known_to,
    case
        when class < 4
            then row_number() over (
                partition by series_id, valid_start, known_start
                order by class asc, stated_start desc, confidence asc, fact_id asc
            )
    end as place,
    case class
        when 1 then 'documented from its beginning to its end'
        when 2 then 'the rate that began last'
        when 3 then 'beginning unknown: used where no other statement speaks'
        else 'disputed and of unknown beginning: never used'
    end as chosen_by,
    [fact_id] as fact_ids
from covering
