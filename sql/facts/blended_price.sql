-- grain: one row a price of a model, input and output in one figure, as a data set compiled it
-- The seed rows, with what `facts.fact` settles for all facts.
select
    stated.* exclude (status, known_from),
    fact.status,
    fact.superseded_by,
    fact.known_from
from seeds.blended_prices as stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
