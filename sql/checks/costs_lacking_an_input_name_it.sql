-- table: marts.training_cost_by_method
-- A cost is there, or the inputs that it lacks are named.
select
    model_id,
    method,
    price_year,
    usd,
    missing
from marts.training_cost_by_method
where (usd is null) <> (missing is not null)
