-- grain: one row a stage of a model's training
-- FLOP = 6 x active parameters x tokens (Kaplan et al. 2020, Hoffmann et al. 2022); model FLOP utilization = FLOP /
-- (GPU-hours x 3600 x peak). Where several facts state one count, the best documented is taken.
with ranked as (
    select
        fact_id,
        subject_id,
        stage,
        metric,
        hardware_id,
        cast(amount as double) * case when unit = 'minute' then 1e0 / 60 else 1 end as amount,
        row_number() over (partition by subject_id, stage, metric order by confidence, fact_id) as place
    from facts.compute
    where
        subject_kind = 'model' and scope = 'run' and status = 'active' and modality = 'observed' and amount is not null
),

run as (
    select
        subject_id as model_id,
        stage,
        max(hardware_id) as hardware_id,
        max(case when metric = 'gpu_count' then amount end) as gpu_count,
        max(case when metric = 'gpu_hours' then amount end) as gpu_hours_stated,
        max(case when metric = 'wall_clock_time' then amount end) as wall_clock_hours_stated,
        max(case when metric = 'training_tokens' then amount end) as tokens,
        array_sort(array_agg(fact_id)) as fact_ids
    from ranked
    where place = 1 and metric in ('gpu_count', 'gpu_hours', 'wall_clock_time', 'training_tokens')
    group by subject_id, stage
),

counted as (
    select
        run.*,
        run.gpu_count * run.wall_clock_hours_stated as gpu_hours_counted,
        coalesce(run.gpu_hours_stated, run.gpu_count * run.wall_clock_hours_stated) as gpu_hours,
        coalesce(run.wall_clock_hours_stated, run.gpu_hours_stated / run.gpu_count) as wall_clock_hours,
        6 * cast(model.parameters_active as double) * run.tokens as flop
    from run
    inner join ref.model as model on run.model_id = model.model_id
)

select
    counted.*,
    counted.wall_clock_hours / 24 as wall_clock_days,
    counted.gpu_hours / counted.tokens * 1e12 as gpu_hours_per_trillion_tokens,
    counted.gpu_hours / counted.tokens * 1e12 / counted.gpu_count / 24 as days_per_trillion_tokens,
    counted.flop / (counted.gpu_hours * 3600 * hardware.peak_flop_bf16) as mfu_bf16,
    counted.flop / (counted.gpu_hours * 3600 * hardware.peak_flop_fp8) as mfu_fp8
from counted
left join ref.hardware as hardware on counted.hardware_id = hardware.hardware_id
