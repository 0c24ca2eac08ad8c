-- grain: one row a factor of the ratio of two costings of training runs
-- Why two costs differ: the factors multiply to the ratio. A cost by the hour is GPU-hours x price, and GPU-hours are
-- FLOP / (3600 x peak x utilization) x hours of the run / hours that did the FLOP; a purchase is chips x price. Costs
-- are those of marts.training_cost_by_method, nominal; a model whose GPU-hours are stated and counted otherwise is
-- costed both ways and set against itself, so that the spread of its published costs has its causes.
with costing as (
    select
        cost.model_id,
        cost.method,
        cost.stage,
        cost.gpu_hours_basis,
        true as is_preferred,
        cost.usd,
        cost.gpu_hours,
        cost.usd_per_gpu_hour,
        cost.gpu_count,
        cost.usd_per_gpu,
        input.flop,
        input.gpu_hours / input.flop_gpu_hours as hours_per_flop_hours,
        input.mfu_bf16,
        input.peak_flop_bf16,
        cost.fact_ids
    from marts.training_cost_by_method as cost
    inner join marts.training_cost_input as input on cost.model_id = input.model_id
    where cost.price_year is null and cost.usd > 0
    union all
    select
        cost.model_id,
        cost.method,
        cost.stage,
        'counted' as gpu_hours_basis,
        false as is_preferred,
        input.gpu_hours_counted * cost.usd_per_gpu_hour as usd,
        input.gpu_hours_counted as gpu_hours,
        cost.usd_per_gpu_hour,
        cost.gpu_count,
        cost.usd_per_gpu,
        cast(null as double) as flop,
        cast(null as double) as hours_per_flop_hours,
        cast(null as double) as mfu_bf16,
        cast(null as double) as peak_flop_bf16,
        cost.fact_ids
    from marts.training_cost_by_method as cost
    inner join marts.training_cost_input as input on cost.model_id = input.model_id
    where
        cost.price_year is null
        and cost.usd > 0
        and cost.method <> 'hw_purchase'
        and input.gpu_hours_basis = 'stated'
        and abs(input.gpu_hours_counted / input.gpu_hours - 1) > 1e-9
),

pair as (
    select
        cost.model_id as subject_id,
        cost.method as cost_basis,
        cost.gpu_hours_basis,
        base.model_id as base_subject_id,
        base.method as base_cost_basis,
        base.gpu_hours_basis as base_gpu_hours_basis,
        cost.usd,
        base.usd as base_usd,
        cost.usd / base.usd as ratio,
        cost.flop / base.flop as training_flop,
        cost.hours_per_flop_hours / base.hours_per_flop_hours as other_stages,
        base.mfu_bf16 / cost.mfu_bf16 as utilization,
        base.peak_flop_bf16 / cost.peak_flop_bf16 as peak_flop_per_second,
        cost.gpu_hours / base.gpu_hours as gpu_hours,
        cost.usd_per_gpu_hour / base.usd_per_gpu_hour as usd_per_gpu_hour,
        cost.gpu_count / base.gpu_count as gpu_count,
        cost.usd_per_gpu / base.usd_per_gpu as usd_per_gpu,
        case
            when cost.method = 'hw_purchase' then 'purchase'
            when cost.model_id <> base.model_id and cost.mfu_bf16 is not null and base.mfu_bf16 is not null then 'flop'
            else 'hours'
        end as form,
        nullif(
            concat_ws(
                '; ',
                case
                    when cost.method <> base.method
                        then concat('cost basis differs: ', cost.method, ' v. ', base.method)
                end,
                case when cost.stage <> base.stage then concat('stage differs: ', cost.stage, ' v. ', base.stage) end
            ),
            ''
        ) as reason,
        array_sort(list_distinct(flatten([cost.fact_ids, base.fact_ids]))) as fact_ids
    from costing as cost
    inner join costing as base
        on
            (cost.model_id = base.model_id or (cost.is_preferred and base.is_preferred))
            and (cost.model_id <> base.model_id or cost.method <> base.method or cost.is_preferred <> base.is_preferred)
            and (cost.method = 'hw_purchase') = (base.method = 'hw_purchase')
),

factor as (
    select
        pair.*,
        part.place,
        part.factor,
        case part.factor
            when 'training_flop' then pair.training_flop
            when 'other_stages' then pair.other_stages
            when 'utilization' then pair.utilization
            when 'peak_flop_per_second' then pair.peak_flop_per_second
            when 'gpu_hours' then pair.gpu_hours
            when 'usd_per_gpu_hour' then pair.usd_per_gpu_hour
            when 'gpu_count' then pair.gpu_count
            when 'usd_per_gpu' then pair.usd_per_gpu
        end as value
    from pair
    inner join (
        values
        ('flop', 1, 'training_flop'),
        ('flop', 2, 'other_stages'),
        ('flop', 3, 'utilization'),
        ('flop', 4, 'peak_flop_per_second'),
        ('flop', 5, 'usd_per_gpu_hour'),
        ('hours', 1, 'gpu_hours'),
        ('hours', 2, 'usd_per_gpu_hour'),
        ('purchase', 1, 'gpu_count'),
        ('purchase', 2, 'usd_per_gpu')
    ) as part (form, place, factor)
        on pair.form = part.form
)

select
    subject_id,
    cost_basis,
    gpu_hours_basis,
    base_subject_id,
    base_cost_basis,
    base_gpu_hours_basis,
    factor,
    place,
    value,
    usd,
    base_usd,
    ratio,
    reason is null as comparable,
    reason,
    fact_ids
from factor
