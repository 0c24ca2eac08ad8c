-- table: meta.source_coverage
-- A loaded statement has its facts, a repetition its target, and a shipped fact of an enumerated source its
-- statement.
select
    statement_id,
    disposition,
    'no fact came of it' as problem
from meta.source_coverage
where len(fact_ids) = 0 and disposition in ('loaded', 'repeats', 'attribute of another fact')
union all
select
    fact.fact_id as statement_id,
    null as disposition,
    'the fact has no statement' as problem
from facts.fact as fact
inner join (select distinct source_id from meta.source_coverage) as enumerated on fact.source_id = enumerated.source_id
left join meta.source_coverage as coverage
    on
        fact.source_id = coverage.source_id
        and (fact.fact_id = coverage.statement_id or fact.fact_id like concat(coverage.statement_id, '-_'))
where coverage.statement_id is null and fact.origin not like 'overlay:%'
