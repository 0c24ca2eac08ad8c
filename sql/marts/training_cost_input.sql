-- grain: one row a model with a run or a stated training cost
-- What the four methods of costing a run start from, after Epoch AI, "The rising costs of training frontier AI models"
-- (arXiv 2405.21015, cost_analysis_standalone.py): the hours, the price of the chip when it was bought and its value
-- when training started, its power, and the price of a committed cloud. The run is the full run, else the longest stage
-- that is known. What a model lacks is NULL.
with stage as (
    select
        *,
        row_number() over (
            partition by model_id
            order by case when stage = 'full_run' then 0 else 1 end asc, coalesce(gpu_hours, 0) desc, stage asc
        ) as place
    from marts.training_run
),

stated_flop as (
    select
        subject_id as model_id,
        stage,
        hardware_id,
        fact_id,
        cast(amount as double) as flop,
        cast(amount_low as double) as flop_low,
        cast(amount_high as double) as flop_high,
        row_number() over (partition by subject_id order by confidence, fact_id) as place
    from facts.compute
    where
        subject_kind = 'model'
        and metric = 'training_flop'
        and stage in ('full_run', 'pretraining')
        and status = 'active'
        and modality = 'observed'
        and amount is not null
),

own_rent as (
    select
        subject_id as model_id,
        stage,
        fact_id,
        cast(assumed_usd_per_gpu_hour as double) as usd,
        row_number() over (partition by subject_id, stage order by confidence, fact_id) as place
    from facts.training_cost
    where
        subject_kind = 'model'
        and cost_basis = 'run_rental'
        and status = 'active'
        and currency = 'USD'
        and assumed_usd_per_gpu_hour is not null
),

exact_hours as (
    select distinct
        subject_id as model_id,
        stage,
        cast(amount as double) as gpu_hours
    from facts.compute
    where
        subject_kind = 'model'
        and metric = 'gpu_hours'
        and scope = 'run'
        and status = 'active'
        and qualifier = 'exact'
),

costed as (
    select
        subject_id as model_id,
        array_sort(array_agg(fact_id)) as fact_ids
    from facts.training_cost
    where subject_kind = 'model' and status = 'active'
    group by subject_id
),

known as (
    select model_id from marts.training_run
    union
    select model_id from stated_flop
    union
    select model_id from costed
),

-- The hours, and which of the model's work they did: tokens are stated of pre-training, hours of the whole run.
counted as (
    select
        model.model_id,
        model.organization_id,
        model.released_on as published_on,
        coalesce(stage.stage, stated_flop.stage, 'full_run') as stage,
        coalesce(stage.hardware_id, stated_flop.hardware_id) as hardware_id,
        stage.gpu_count,
        stage.gpu_hours_stated,
        stage.gpu_hours_counted,
        stage.gpu_hours as gpu_hours_known,
        stage.wall_clock_hours,
        case
            when stage.stage = 'full_run' or stage.stage is null
                then coalesce(stage.flop, pretraining.flop, stated_flop.flop)
            else stage.flop
        end as flop,
        case
            when stage.flop is not null then stage.gpu_hours
            when stage.stage = 'full_run' and pretraining.flop is not null then pretraining.gpu_hours
            when stage.stage = 'full_run' and stated_flop.stage = 'full_run' then stage.gpu_hours
        end as flop_gpu_hours,
        stated_flop.flop_low,
        stated_flop.flop_high,
        own_rent.usd as own_rent,
        own_rent.fact_id as own_rent_fact_id,
        exact_hours.gpu_hours is not null as hours_are_exact,
        array_sort(
            list_distinct(
                flatten(
                    [
                        coalesce(stage.fact_ids, []),
                        coalesce(pretraining.fact_ids, []),
                        case when stated_flop.fact_id is null then [] else [stated_flop.fact_id] end
                    ]
                )
            )
        ) as run_fact_ids,
        coalesce(costed.fact_ids, []) as cost_fact_ids
    from known
    inner join ref.model as model on known.model_id = model.model_id
    left join stage on known.model_id = stage.model_id and stage.place = 1
    left join marts.training_run as pretraining
        on stage.model_id = pretraining.model_id and stage.stage = 'full_run' and pretraining.stage = 'pretraining'
    left join stated_flop on known.model_id = stated_flop.model_id and stated_flop.place = 1
    left join own_rent on stage.model_id = own_rent.model_id and stage.stage = own_rent.stage and own_rent.place = 1
    left join exact_hours
        on
            stage.model_id = exact_hours.model_id
            and stage.stage = exact_hours.stage
            and stage.gpu_hours_stated = exact_hours.gpu_hours
    left join costed on known.model_id = costed.model_id
),

-- The constants of each model: the row that names its chip, organization or year, else the general one.
parameter as (
    select
        counted.model_id,
        constant.parameter,
        constant.value,
        -- Log-normals multiply: their variances add. A 90% interval spans 2 x 1.6448536 standard deviations.
        power(ln(constant.p95 / constant.p5) / (2 * 1.6448536269514722e0), 2) as variance,
        row_number() over (
            partition by counted.model_id, constant.parameter
            order by
                case when constant.hardware_id is null then 1 else 0 end,
                case when constant.organization_id is null then 1 else 0 end,
                case when constant.year is null then 1 else 0 end
        ) as place
    from counted
    inner join ref.cost_parameter as constant
        on
            (constant.hardware_id is null or counted.hardware_id = constant.hardware_id)
            and (constant.organization_id is null or counted.organization_id = constant.organization_id)
            and (constant.year is null or extract('year' from counted.published_on) = constant.year)
            and constant.vendor is null
),

constants as (
    select
        model_id,
        max(case when parameter = 'interconnect_share' then value end) as interconnect_share,
        max(case when parameter = 'hardware_progress' then value end) as hardware_progress,
        max(case when parameter = 'model_flop_utilization' then value end) as model_flop_utilization,
        max(case when parameter = 'availability_lag' then value end) as availability_lag,
        max(case when parameter = 'publication_lag' then value end) as publication_lag,
        max(case when parameter = 'acquisition_lead' then value end) as acquisition_lead,
        max(case when parameter = 'server_overhead' then value end) as server_overhead,
        max(case when parameter = 'average_power_share' then value end) as average_power_share,
        max(case when parameter = 'server_power_multiple' then value end) as server_power_multiple,
        max(case when parameter = 'power_usage_effectiveness' then value end) as power_usage_effectiveness,
        max(case when parameter = 'electricity_price' then value end) as usd_per_kwh,
        max(case when parameter = 'rental_price' then value end) as rental_price,
        sqrt(
            nullif(
                coalesce(max(case when parameter = 'chips_multiple' then variance end), 0)
                + coalesce(max(case when parameter = 'chip_price_multiple' then variance end), 0)
                + coalesce(max(case when parameter = 'server_overhead_interval' then variance end), 0)
                + coalesce(max(case when parameter = 'interconnect_multiple' then variance end), 0),
                0
            )
        ) as purchase_sigma
    from parameter
    where place = 1
    group by model_id
),

-- The earliest price of a chip in a server, else of the chip alone with the overhead of a server.
purchase as (
    select
        hardware_id,
        fact_id,
        sold_as,
        valid_from as priced_on,
        cast(amount as double) as usd,
        row_number() over (
            partition by hardware_id
            order by case when sold_as = 'server' then 0 else 1 end, valid_from, fact_id
        ) as place
    from facts.hardware_price
    where
        price_kind = 'purchase'
        and sold_as is not null
        and status = 'active'
        and modality = 'observed'
        and currency = 'USD'
        and amount is not null
        and valid_from is not null
),

-- Days between an anchor (a known start, a known end, or the publication) and the start of training.
dated as (
    select
        counted.model_id,
        coalesce(begun.on_date, ended.on_date, counted.published_on) as anchor,
        case
            when begun.on_date is not null then 0
            when ended.on_date is not null then floor(counted.wall_clock_hours) / 24
            else floor(counted.wall_clock_hours) / 24 + constants.publication_lag
        end as lead_days
    from counted
    inner join constants on counted.model_id = constants.model_id
    left join ref.training_date as begun on counted.model_id = begun.model_id and begun.event = 'training_start'
    left join ref.training_date as ended on counted.model_id = ended.model_id and ended.event = 'training_end'
),

-- A cloud's price under a 3-year commitment; a price on other terms is taken to what the vendor's usual discounts make
-- of it. First by terms, then by vendor, then the latest before the chips were taken, else the earliest after.
rent as (
    select
        price.hardware_id,
        price.fact_id,
        price.vendor,
        price.price_kind,
        price.valid_from as priced_on,
        case price.price_kind when 'reserved_3y' then 0 when 'reserved_1y' then 1 else 2 end as terms,
        cast(price.amount as double)
        * case
            when price.price_kind = 'reserved_3y' then 1
            else
                (1 - three.value)
                / (1 - case when price.price_kind = 'reserved_1y' then one.value else 0 end)
        end as usd
    from facts.hardware_price as price
    left join ref.cost_parameter as three on three.parameter = 'discount_3y' and price.vendor = three.vendor
    left join ref.cost_parameter as one on one.parameter = 'discount_1y' and price.vendor = one.vendor
    where
        price.price_kind in ('reserved_3y', 'reserved_1y', 'on_demand')
        and price.status = 'active'
        and price.modality = 'observed'
        and price.currency = 'USD'
        and price.amount is not null
        and price.valid_from is not null
),

vendor_rank as (
    select
        counted.model_id,
        preference.vendor,
        min(preference.value) as place
    from counted
    inner join ref.cost_parameter as preference
        on
            preference.parameter = 'vendor_rank'
            and (preference.organization_id is null or counted.organization_id = preference.organization_id)
    group by counted.model_id, preference.vendor
),

offer as (
    select
        counted.model_id,
        rent.fact_id,
        rent.usd,
        rent.price_kind,
        rent.priced_on,
        rent.terms,
        coalesce(vendor_rank.place, 99) as vendor_place,
        rent.vendor,
        datediff('day', rent.priced_on, dated.anchor) - dated.lead_days - constants.acquisition_lead as age_days
    from counted
    inner join constants on counted.model_id = constants.model_id
    inner join dated on counted.model_id = dated.model_id
    inner join rent on counted.hardware_id = rent.hardware_id and rent.usd is not null
    left join vendor_rank on counted.model_id = vendor_rank.model_id and rent.vendor = vendor_rank.vendor
),

committed as (
    select
        *,
        row_number() over (
            partition by model_id
            order by
                terms,
                vendor_place,
                vendor,
                case when age_days >= 0 then 0 else 1 end,
                abs(age_days),
                fact_id
        ) as place
    from offer
    where age_days is not null
),

valued as (
    select
        counted.*,
        constants.* exclude (model_id),
        hardware.tdp_watt,
        hardware.peak_flop_bf16,
        purchase.fact_id as purchase_fact_id,
        purchase.sold_as,
        purchase.usd as chip_price_usd,
        purchase.usd * case when purchase.sold_as = 'chip' then constants.server_overhead else 1 end
            as purchase_usd_per_gpu,
        -- Days from when the chip could be had (or was priced, if that was later) to the start of training.
        floor(
            case
                when
                    datediff('day', hardware.released_on, purchase.priced_on) > constants.availability_lag
                    then datediff('day', purchase.priced_on, dated.anchor) - dated.lead_days
                else datediff('day', hardware.released_on, dated.anchor) - dated.lead_days - constants.availability_lag
            end
        ) as days_from_availability,
        datediff('day', purchase.priced_on, dated.anchor) - dated.lead_days < 0 as purchase_price_is_later,
        dated.anchor is not null and dated.lead_days is not null as start_is_known,
        committed.fact_id as committed_fact_id,
        committed.usd as committed_usd_per_gpu_hour,
        committed.price_kind as committed_price_kind,
        committed.priced_on as committed_priced_on,
        committed.age_days < 0 as committed_price_is_later
    from counted
    inner join constants on counted.model_id = constants.model_id
    inner join dated on counted.model_id = dated.model_id
    left join ref.hardware as hardware on counted.hardware_id = hardware.hardware_id
    left join purchase on counted.hardware_id = purchase.hardware_id and purchase.place = 1
    left join committed on counted.model_id = committed.model_id and committed.place = 1
),

-- A chip that could not be had yet loses no value before the start. (`greatest` would make 0 of an unknown day.)
used as (
    select
        *,
        coalesce(gpu_hours_known, flop / (peak_flop_bf16 * model_flop_utilization * 3600)) as gpu_hours,
        case when days_from_availability < 0 then 0 else days_from_availability end as days_in_use_at_start
    from valued
),

started as (
    select
        *,
        purchase_usd_per_gpu * power(10e0, -hardware_progress * days_in_use_at_start / 365.25e0)
            as start_value_usd_per_gpu
    from used
)

select
    model_id,
    stage,
    organization_id,
    hardware_id,
    published_on,
    gpu_count,
    gpu_hours,
    case
        when gpu_hours_stated is not null then 'stated'
        when gpu_hours_counted is not null then 'counted'
        when gpu_hours is not null then 'from_flop'
    end as gpu_hours_basis,
    gpu_hours_counted,
    hours_are_exact,
    wall_clock_hours,
    start_is_known,
    flop,
    flop_gpu_hours,
    flop / (flop_gpu_hours * 3600 * peak_flop_bf16) as mfu_bf16,
    peak_flop_bf16,
    flop_low,
    flop_high,
    sqrt(flop_low * flop_high) as flop_median,
    sqrt(flop_low * flop_high) * exp(power(ln(flop_high / flop_low) / (2 * 1.6448536269514722e0), 2) / 2) as flop_mean,
    coalesce(own_rent, rental_price) as rental_usd_per_gpu_hour,
    own_rent_fact_id,
    committed_usd_per_gpu_hour,
    committed_price_kind,
    committed_priced_on,
    committed_price_is_later,
    committed_fact_id,
    chip_price_usd,
    sold_as,
    server_overhead,
    purchase_usd_per_gpu,
    purchase_price_is_later,
    purchase_fact_id,
    days_in_use_at_start,
    start_value_usd_per_gpu,
    start_value_usd_per_gpu * hardware_progress * ln(10e0) / 8766 as hardware_usd_per_gpu_hour,
    start_value_usd_per_gpu * hardware_progress * ln(10e0) / 8766 * interconnect_share / (1 - interconnect_share)
        as interconnect_usd_per_gpu_hour,
    tdp_watt,
    server_power_multiple,
    average_power_share,
    power_usage_effectiveness,
    usd_per_kwh,
    tdp_watt / 1000 * server_power_multiple * average_power_share * power_usage_effectiveness * usd_per_kwh
        as energy_usd_per_gpu_hour,
    interconnect_share,
    purchase_sigma,
    run_fact_ids,
    case when len(run_fact_ids) > 0 then run_fact_ids else cost_fact_ids end as fact_ids
from started
