-- grain: one row a statement that a SKU is served no more
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.retirements as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
