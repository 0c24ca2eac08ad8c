-- grain: one row a stated bill of an amount of traffic
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.stated_bills as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
