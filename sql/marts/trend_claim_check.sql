-- grain: one row a claimed rate of change
-- A decline of share d is a factor 1 / (1 - d), so that the ends of a range keep their order; a share that remains and
-- a growth are inverted, so that theirs swap. Factor per year = total factor ^ (1 / years); half-life in months =
-- 12 ln 2 / ln f; orders of magnitude per year = log10 f; share lost per month = 1 - f ^ (-1/12). A claim without a
-- period has no yearly rate. A claim is held against the measured rate of its own score, or of one that is no more than
-- a point above (a path to a higher score begins later and leaves the small models out), and against no path of less
-- than a year, whose rate nobody saw. Its period is the one it states; where the days that it names make another, what
-- they would make of it is told. A claim of no score that states from where to where the rates go is held against all
-- those of the compiled prices of its period and blend: every one has to be within.
with total as (
    select
        *,
        case stated_unit
            when 'decline_share' then 1 / (1 - stated)
            when 'remaining_share' then 1 / stated
            when 'decline_factor' then stated
            when 'growth_factor' then 1 / stated
        end as factor,
        case stated_unit
            when 'decline_share' then 1 / (1 - coalesce(stated_low, stated))
            when 'remaining_share' then 1 / coalesce(stated_high, stated)
            when 'decline_factor' then coalesce(stated_low, stated)
            when 'growth_factor' then 1 / coalesce(stated_high, stated)
        end as total_factor_low,
        case stated_unit
            when 'decline_share' then 1 / (1 - coalesce(stated_high, stated))
            when 'remaining_share' then 1 / coalesce(stated_low, stated)
            when 'decline_factor' then coalesce(stated_high, stated)
            when 'growth_factor' then 1 / coalesce(stated_low, stated)
        end as total_factor_high
    from facts.trend_claim
    where status in ('active', 'disputed')
),

yearly as (
    select
        *,
        power(factor, 1 / period_years) as factor_per_year,
        power(total_factor_low, 1 / period_years) as factor_low,
        power(total_factor_high, 1 / period_years) as factor_high,
        power(factor, 365e0 / nullif(datediff('day', valid_from, valid_to), 0)) as dated_factor_per_year
    from total
),

testable as (
    select *
    from yearly
    where object = 'inference_price_at_capability' and modality = 'observed' and period_years is not null
),

rate as (
    select *
    from marts.price_decline
    where
        estimator = 'ols'
        and reasoning_models = 'excluded'
        and price_basis <> 'latest'
        and factor_per_year is not null
),

of_a_score as (
    select
        claim.fact_id,
        rate.factor_per_year as measured_factor,
        rate.ci90_low as measured_low,
        rate.ci90_high as measured_high,
        rate.n as measured_n,
        rate.threshold as measured_threshold,
        rate.price_basis as measured_price_basis,
        rate.start_date as measured_from,
        rate.end_date as measured_to,
        rate.fact_ids as measured_fact_ids,
        cast(null as bigint) as extrapolated_count,
        cast(null as double) as extrapolated_high,
        row_number() over (
            partition by claim.fact_id
            order by
                rate.threshold asc,
                case rate.price_basis when 'compiled' then 1 when 'in_force' then 2 else 3 end asc,
                rate.n desc,
                rate.variant asc
        ) as place
    from testable as claim
    inner join rate
        on
            claim.benchmark_id = rate.benchmark_id
            and claim.blend = rate.blend
            and claim.threshold <= rate.threshold
            and claim.threshold + 1 >= rate.threshold
            and coalesce(claim.valid_from, timestamp '0001-01-01') <= rate.end_date
            and coalesce(claim.valid_to, claim.known_from) >= rate.start_date
    where not rate.is_extrapolated
),

of_all_scores as (
    select
        claim.fact_id,
        median(rate.factor_per_year) filter (where not rate.is_extrapolated) as measured_factor,
        min(rate.factor_per_year) filter (where not rate.is_extrapolated) as measured_low,
        max(rate.factor_per_year) filter (where not rate.is_extrapolated) as measured_high,
        count(*) filter (where not rate.is_extrapolated) as measured_n,
        cast(null as double) as measured_threshold,
        'compiled' as measured_price_basis,
        min(rate.start_date) filter (where not rate.is_extrapolated) as measured_from,
        max(rate.end_date) filter (where not rate.is_extrapolated) as measured_to,
        flatten(list(rate.fact_ids)) as measured_fact_ids,
        count(*) filter (where rate.is_extrapolated) as extrapolated_count,
        max(rate.factor_per_year) filter (where rate.is_extrapolated) as extrapolated_high
    from testable as claim
    inner join rate
        on
            claim.blend = rate.blend
            and coalesce(claim.valid_from, timestamp '0001-01-01') <= rate.end_date
            and coalesce(claim.valid_to, claim.known_from) >= rate.start_date
    where
        claim.benchmark_id is null and claim.stated_low is not null and claim.stated_high is not null
        and rate.price_basis = 'compiled'
    group by claim.fact_id
),

measured as (
    select * exclude (place)
    from of_a_score
    where place = 1
    union all
    select *
    from of_all_scores
    where measured_n > 0
),

compared as (
    select
        claim.*,
        measured.* exclude (fact_id),
        case
            when claim.period_years is null or claim.modality <> 'observed' then 'not_testable'
            when claim.object not in ('inference_price_at_capability', 'inference_cost') then 'not_testable'
            when measured.fact_id is null then 'not_comparable'
            when
                claim.benchmark_id is null
                and claim.factor_low <= measured.measured_low
                and claim.factor_high >= measured.measured_high
                then 'supported'
            when
                claim.benchmark_id is not null
                and claim.factor_low <= measured.measured_high
                and claim.factor_high >= measured.measured_low
                then 'supported'
            else 'contradicted'
        end as verdict
    from yearly as claim
    left join measured on claim.fact_id = measured.fact_id
)

select
    fact_id,
    claimant,
    object,
    modality,
    stated_low,
    stated,
    stated_high,
    stated_unit,
    period_years,
    period_years is not null as period_known,
    total_factor_low,
    total_factor_high,
    factor_low,
    factor_high,
    case when factor_per_year > 1 then 12 * ln(2) / ln(factor_per_year) end as half_life_months,
    case when factor_high > 1 then 12 * ln(2) / ln(factor_high) end as half_life_months_low,
    case when factor_low > 1 then 12 * ln(2) / ln(factor_low) end as half_life_months_high,
    log10(factor_low) as oom_per_year_low,
    log10(factor_high) as oom_per_year_high,
    1 - power(factor_low, -1e0 / 12) as decline_per_month_low,
    1 - power(factor_high, -1e0 / 12) as decline_per_month_high,
    benchmark_id,
    threshold,
    blend,
    measured_factor,
    measured_low,
    measured_high,
    measured_n,
    measured_threshold,
    measured_price_basis,
    measured_from,
    measured_to,
    verdict,
    case
        when period_years is null then 'no period is stated, so there is no yearly rate'
        when modality <> 'observed' then concat('the claim is ', modality, ', not an observation')
        when object in ('training_cost', 'frontier_training_cost')
            then 'no yearly rate of a training cost is measured: runs differ in what they train'
        when verdict = 'not_testable' then 'no price of one and the same model after a year is said to be meant'
        when object = 'inference_cost' then 'a cost of inference names no capability, which a measured price is at'
        when benchmark_id is null and measured_n is not null
            then
                concat(
                    case verdict when 'supported' then 'the' else 'not all of the' end, ' ',
                    cast(measured_n as varchar),
                    ' measured rates of a year or more are within the claim: they go from ',
                    cast(cast(round(measured_low, 1) as decimal(18, 1)) as varchar), ' to ',
                    cast(cast(round(measured_high, 1) as decimal(18, 1)) as varchar),
                    case
                        when extrapolated_count > 0
                            then
                                concat(
                                    '; ', cast(extrapolated_count as varchar),
                                    ' drawn from less than a year go up to ',
                                    cast(cast(round(extrapolated_high, 1) as decimal(18, 1)) as varchar)
                                )
                        else ''
                    end
                )
        when benchmark_id is null then 'the claim names no benchmark and score to reach'
        when blend is null then 'the claim does not say how input and output are blended'
        when verdict = 'not_comparable'
            then 'no measured path to that score, with that blend and in that period, has four steps over a year'
        when verdict = 'supported' then 'the claim meets the 90% interval of the measured rate'
        when factor_high < measured_low then 'the claim is below the 90% interval of the measured rate'
        when dated_factor_per_year >= measured_low and dated_factor_per_year <= measured_high
            then
                concat(
                    'the claim is above the 90% interval of the measured rate; over the ',
                    cast(datediff('month', valid_from, valid_to) as varchar),
                    ' months between the days that it names it meets it, with a factor of ',
                    cast(cast(round(dated_factor_per_year, 1) as decimal(18, 1)) as varchar)
                )
        else 'the claim is above the 90% interval of the measured rate'
    end as reason,
    case
        when measured_fact_ids is null then [fact_id]
        else array_sort(array_distinct(list_concat([fact_id], measured_fact_ids)))
    end as fact_ids
from compared
