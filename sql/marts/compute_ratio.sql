-- grain: one row an ordered pair of stated counts of one metric
-- Comparable only within one scope and stage: the chips of a run are not the chips of a fleet.
with compared as (
    select
        ratio.*,
        counted.subject_id,
        counted.metric,
        counted.scope,
        counted.hardware_id,
        base.subject_id as base_subject_id,
        base.scope as base_scope,
        base.hardware_id as base_hardware_id,
        nullif(
            concat_ws(
                '; ',
                case
                    when counted.scope <> base.scope
                        then concat('scope differs: ', counted.scope, ' v. ', base.scope)
                end,
                case
                    when counted.scope = base.scope and counted.stage is distinct from base.stage
                        then concat('stage differs: ', counted.stage, ' v. ', base.stage)
                end,
                case when counted.modality <> 'observed' or base.modality <> 'observed' then 'not observed' end
            ),
            ''
        ) as reason
    from marts.fact_ratio as ratio
    inner join facts.compute as counted on ratio.numerator_fact_id = counted.fact_id
    inner join facts.compute as base on ratio.denominator_fact_id = base.fact_id
)

select
    numerator_fact_id as count_fact_id,
    denominator_fact_id as base_count_fact_id,
    subject_id,
    base_subject_id,
    metric,
    scope,
    base_scope,
    hardware_id,
    base_hardware_id,
    ratio_low,
    ratio,
    ratio_high,
    qualifier,
    is_approximate,
    reason is null as comparable,
    reason,
    fact_ids
from compared
