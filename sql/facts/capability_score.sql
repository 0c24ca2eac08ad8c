-- grain: one row a score of a model, by one source
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    case when stated.model_id is not null then 'curated' end as model_match,
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.capability_scores as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
