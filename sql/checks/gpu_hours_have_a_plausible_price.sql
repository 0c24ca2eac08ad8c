-- table: marts.gpu_hour_cost
-- A cost over its GPU-hours lies between 5 cents and 50 dollars an hour: a lost or doubled thousand in either does not.
select
    cost_fact_id,
    gpu_hours_fact_id,
    implied_usd_per_gpu_hour
from marts.gpu_hour_cost
where implied_usd_per_gpu_hour not between 0.05 and 50
