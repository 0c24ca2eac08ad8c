-- table: marts.training_cost_ratio
-- No ratio of two bases, or of an unstated one, is called comparable.
select
    cost_fact_id,
    base_cost_fact_id,
    cost_basis,
    base_cost_basis
from marts.training_cost_ratio
where comparable and (cost_basis <> base_cost_basis or cost_basis = 'unstated')
