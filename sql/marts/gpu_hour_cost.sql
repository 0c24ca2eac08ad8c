-- grain: one row a stated cost of a run and stated GPU-hours of the same stage
-- Where the source assumed a price of a GPU-hour, that is the price, and the quotient stands beside it: a cost made by
-- multiplying hours with a price proves neither.
select
    ratio.numerator_fact_id as cost_fact_id,
    ratio.denominator_fact_id as gpu_hours_fact_id,
    cost.subject_id as model_id,
    cost.cost_basis,
    cost.price_year,
    cost.stage,
    hours.hardware_id,
    case when cost.assumed_usd_per_gpu_hour is null then 'derived' else 'assumed' end as assumed_or_derived,
    coalesce(cast(cost.assumed_usd_per_gpu_hour as double), ratio.ratio_low) as usd_per_gpu_hour_low,
    coalesce(cast(cost.assumed_usd_per_gpu_hour as double), ratio.ratio) as usd_per_gpu_hour,
    coalesce(cast(cost.assumed_usd_per_gpu_hour as double), ratio.ratio_high) as usd_per_gpu_hour_high,
    ratio.ratio as implied_usd_per_gpu_hour,
    case when cost.assumed_usd_per_gpu_hour is null then ratio.qualifier else 'exact' end as qualifier,
    cost.assumed_usd_per_gpu_hour is null and ratio.is_approximate as is_approximate,
    ratio.fact_ids
from marts.fact_ratio as ratio
inner join facts.training_cost as cost on ratio.numerator_fact_id = cost.fact_id
inner join facts.compute as hours on ratio.denominator_fact_id = hours.fact_id
where hours.metric = 'gpu_hours' and cost.currency = 'USD' and cost.cost_basis <> 'hw_purchase'
