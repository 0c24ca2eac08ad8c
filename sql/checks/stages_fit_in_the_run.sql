-- table: facts.compute
-- A stage of a run does not take more GPU-hours than the whole run.
select
    part.fact_id,
    part.stage,
    part.amount,
    whole.fact_id as full_run_fact_id,
    whole.amount as full_run_amount
from facts.compute as part
inner join facts.compute as whole on part.subject_id = whole.subject_id and part.metric = whole.metric
where
    part.metric = 'gpu_hours'
    and part.stage = 'pretraining'
    and whole.stage = 'full_run'
    and part.amount > whole.amount
    and part.status = 'active'
    and whole.status = 'active'
