-- grain: one row a caching rule for a time and a time to live
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.cache_rules as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
