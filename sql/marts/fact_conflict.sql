-- grain: one row a pair of facts or statements in conflict, or one that is wrong by itself
-- What people judged, and what a query finds: two facts of one subject, kind and scope whose values lie more than 5%
-- apart, where nobody has judged the pair yet.
with comparable as (
    select
        cost_fact_id as fact_a,
        base_cost_fact_id as fact_b,
        concat('training cost of ', subject_id, ', ', cost_basis) as topic,
        coalesce(ratio_low, ratio) as least_ratio
    from marts.training_cost_ratio
    where comparable and subject_id = base_subject_id
    union all
    select
        count_fact_id as fact_a,
        base_count_fact_id as fact_b,
        concat(metric, ' of ', subject_id, ', ', scope) as topic,
        coalesce(ratio_low, ratio) as least_ratio
    from marts.compute_ratio
    where comparable and subject_id = base_subject_id
),

found as (
    select comparable.*
    from comparable
    left join seeds.conflicts as judged
        on
            (comparable.fact_a = judged.fact_a and comparable.fact_b = judged.fact_b)
            or (comparable.fact_a = judged.fact_b and comparable.fact_b = judged.fact_a)
    where comparable.least_ratio > 1.05 and judged.conflict_id is null
),

conflict as (
    select
        conflict_id,
        fact_a,
        fact_b,
        topic,
        kind,
        resolution,
        'judged by a person' as rule
    from seeds.conflicts
    union all
    select
        concat('found-', fact_a, '-', fact_b) as conflict_id,
        fact_a,
        fact_b,
        topic,
        'values_differ' as kind,
        'unresolved: both stand, each with its source' as resolution,
        'found by a query: one subject, kind and scope, more than 5% apart' as rule
    from found
)

select
    conflict.conflict_id,
    conflict.fact_a,
    conflict.fact_b,
    conflict.topic,
    conflict.kind,
    conflict.resolution,
    conflict.rule,
    coalesce(array_sort(array_agg(fact.fact_id) filter (where fact.fact_id is not null)), []) as fact_ids
from conflict
left join facts.fact as fact on conflict.fact_a = fact.fact_id or conflict.fact_b = fact.fact_id
group by
    conflict.conflict_id,
    conflict.fact_a,
    conflict.fact_b,
    conflict.topic,
    conflict.kind,
    conflict.resolution,
    conflict.rule
