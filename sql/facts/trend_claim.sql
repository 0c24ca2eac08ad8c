-- grain: one row a claimed rate of change
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.trend_claims as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
