-- grain: one row a model, a method of costing its run and the money it is told in
-- run_rental = GPU-hours x rent; run_cloud_cud = GPU-hours x price under a 3-year commitment; run_amort = GPU-hours x
-- (value at the start x 0.14 ln 10 / 8766 / (1 - 0.19) + energy); hw_purchase = chips x price / (1 - 0.19). Nominal is
-- money of the month of publication; a price year is its December, or the last month that the price index has (Epoch
-- AI, arXiv 2405.21015). Intervals are 90% of the product of Epoch AI's log-normals for chips, price,
-- server and interconnect about the point: x0.46 to x2.17 for GPUs. The point is their median.
with priced as (
    select
        *,
        'purchase price ' || cast(chip_price_usd as varchar) || ' USD per chip'
        || case when sold_as = 'chip' then ' x ' || cast(server_overhead as varchar) || ' for its server' else '' end
            as purchase_input,
        case
            when hardware_id is null then 'hardware'
            when purchase_usd_per_gpu is null then concat('purchase price of ', hardware_id)
        end as purchase_missing
    from marts.training_cost_input
),

method as (
    select
        *,
        'run_rental' as method,
        gpu_hours as quantity,
        rental_usd_per_gpu_hour as unit_usd,
        case when hours_are_exact and own_rent_fact_id is not null then 0e0 end as sigma,
        own_rent_fact_id as price_fact_id,
        'rent ' || cast(rental_usd_per_gpu_hour as varchar) || ' USD per GPU-hour, assumed' as price_input,
        case
            when hardware_id is null then 'hardware'
            when rental_usd_per_gpu_hour is null then concat('rent of ', hardware_id)
        end as price_missing
    from priced
    union all
    select
        *,
        'run_cloud_cud' as method,
        gpu_hours as quantity,
        committed_usd_per_gpu_hour as unit_usd,
        cast(null as double) as sigma,
        committed_fact_id as price_fact_id,
        'price under a 3-year commitment ' || cast(committed_usd_per_gpu_hour as varchar) || ' USD per GPU-hour of '
        || cast(cast(committed_priced_on as date) as varchar)
        || case
            when committed_price_kind = 'reserved_3y' then ''
            else ', by discount from ' || committed_price_kind
        end
        || case when committed_price_is_later then ', after the chips were taken' else '' end as price_input,
        case
            when hardware_id is null then 'hardware'
            when not start_is_known
                then case when wall_clock_hours is null then 'length of the run' else 'date of publication' end
            when committed_usd_per_gpu_hour is null then concat('price of ', hardware_id, ' under a 3-year commitment')
        end as price_missing
    from priced
    union all
    select
        *,
        'run_amort' as method,
        gpu_hours as quantity,
        hardware_usd_per_gpu_hour + interconnect_usd_per_gpu_hour + energy_usd_per_gpu_hour as unit_usd,
        purchase_sigma as sigma,
        purchase_fact_id as price_fact_id,
        concat_ws(
            '; ',
            purchase_input || case when purchase_price_is_later then ', seen after the start of training' else '' end,
            cast(cast(days_in_use_at_start as bigint) as varchar) || ' days in use at the start',
            'value at the start ' || cast(round(start_value_usd_per_gpu, 6) as varchar) || ' USD',
            concat('interconnect share ', cast(interconnect_share as varchar)),
            'power ' || cast(tdp_watt as varchar) || ' W x ' || cast(server_power_multiple as varchar) || ' x '
            || cast(average_power_share as varchar) || ' x ' || cast(power_usage_effectiveness as varchar),
            'electricity ' || cast(usd_per_kwh as varchar) || ' USD per kWh'
        ) as price_input,
        nullif(
            concat_ws(
                '; ',
                purchase_missing,
                case when not start_is_known and wall_clock_hours is null then 'length of the run' end,
                case when published_on is null then 'date of publication' end,
                case
                    when
                        days_in_use_at_start is null and purchase_missing is null and start_is_known
                        then concat('release date of ', hardware_id)
                end,
                'power of ' || case when tdp_watt is null then hardware_id end,
                'electricity price of '
                || case when usd_per_kwh is null then cast(extract('year' from published_on) as varchar) end
            ),
            ''
        ) as price_missing
    from priced
    union all
    select
        *,
        'hw_purchase' as method,
        gpu_count as quantity,
        purchase_usd_per_gpu / (1 - interconnect_share) as unit_usd,
        purchase_sigma as sigma,
        purchase_fact_id as price_fact_id,
        concat_ws('; ', purchase_input, concat('interconnect share ', cast(interconnect_share as varchar)))
            as price_input,
        purchase_missing as price_missing
    from priced
),

-- The last month that the index has of each year: December, but for the year that it breaks off in.
last_month as (
    select
        series,
        extract('year' from month) as price_year,
        max(month) as price_month
    from ref.price_deflator
    group by series, extract('year' from month)
),

money as (
    select
        cast(null as bigint) as price_year,
        cast(null as timestamp) as price_month,
        cast(null as varchar) as series,
        cast(null as double) as index_value
    union all
    select
        last_month.price_year,
        last_month.price_month,
        deflator.series,
        deflator.value as index_value
    from last_month
    inner join ref.price_deflator as deflator
        on last_month.series = deflator.series and last_month.price_month = deflator.month
),

told as (
    select
        method.*,
        money.price_year,
        money.price_month,
        money.series,
        money.index_value,
        published.value as published_index,
        case when money.series is null then 1 else money.index_value / published.value end as deflator
    from method
    cross join money
    left join ref.price_deflator as published
        on money.series = published.series and date_trunc('month', method.published_on) = published.month
)

select
    model_id,
    method,
    price_year,
    price_month,
    stage,
    quantity * unit_usd * deflator as usd,
    quantity * unit_usd * deflator * exp(-1.6448536269514722e0 * sigma) as usd_low,
    quantity * unit_usd * deflator * exp(1.6448536269514722e0 * sigma) as usd_high,
    gpu_count,
    gpu_hours,
    gpu_hours_basis,
    case when method <> 'hw_purchase' then unit_usd * deflator end as usd_per_gpu_hour,
    case when method = 'hw_purchase' then unit_usd * deflator end as usd_per_gpu,
    case when method = 'run_amort' then quantity * hardware_usd_per_gpu_hour * deflator end as hardware_usd,
    case when method = 'run_amort' then quantity * interconnect_usd_per_gpu_hour * deflator end as interconnect_usd,
    case when method = 'run_amort' then quantity * energy_usd_per_gpu_hour * deflator end as energy_usd,
    deflator,
    nullif(concat_ws(
        '; ',
        case
            when method = 'hw_purchase' then cast(cast(gpu_count as bigint) as varchar) || ' chips'
            else cast(cast(gpu_hours as decimal(24, 2)) as varchar) || ' GPU-hours, ' || gpu_hours_basis
        end,
        hardware_id,
        price_input,
        series || ' of ' || cast(cast(price_month as date) as varchar) || ' ' || cast(index_value as varchar)
        || ' over ' || cast(published_index as varchar) || ' at publication'
    ), '') as inputs,
    nullif(
        concat_ws(
            '; ',
            case
                when method = 'hw_purchase' and gpu_count is null then 'number of chips'
                when method <> 'hw_purchase' and gpu_hours is null then 'GPU-hours'
            end,
            price_missing,
            case when unit_usd is null and price_missing is null then 'a constant of the method' end,
            case when series is not null and published_index is null then 'price index of the month of publication' end
        ),
        ''
    ) as missing,
    array_sort(
        list_distinct(
            flatten([fact_ids, case when price_fact_id is null then [] else [price_fact_id] end])
        )
    ) as fact_ids
from told
