-- table: marts.training_cost_decomposition
-- The factors of why two costs differ multiply to the ratio of the two.
select
    subject_id,
    cost_basis,
    gpu_hours_basis,
    base_subject_id,
    base_cost_basis,
    base_gpu_hours_basis,
    max(ratio) as ratio,
    exp(sum(ln(value))) as product
from marts.training_cost_decomposition
group by subject_id, cost_basis, gpu_hours_basis, base_subject_id, base_cost_basis, base_gpu_hours_basis
having abs(exp(sum(ln(value))) / max(ratio) - 1) > 1e-9
