-- grain: one row a statement of a source
-- What became of each statement. A statement loaded as several facts has them under its own id and under it with a
-- letter; a repetition or an attribute points at the fact it belongs to.
select
    statement.source_id,
    statement.statement_id,
    statement.source_locator,
    statement.disposition,
    statement.target,
    statement.reason,
    statement.quote,
    coalesce(array_sort(array_agg(fact.fact_id) filter (where fact.fact_id is not null)), []) as fact_ids
from seeds.statements as statement
left join facts.fact as fact
    on
        statement.statement_id = fact.fact_id
        or statement.target = fact.fact_id
        or fact.fact_id like concat(statement.statement_id, '-_')
group by
    statement.source_id,
    statement.statement_id,
    statement.source_locator,
    statement.disposition,
    statement.target,
    statement.reason,
    statement.quote
