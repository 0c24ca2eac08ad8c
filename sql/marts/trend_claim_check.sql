-- grain: one row a claimed rate of change
-- A decline of share d is a factor 1 / (1 - d), so that the ends of a range keep their order; a share that remains and
-- a growth are inverted, so that theirs swap. Factor per year = total factor ^ (1 / years); half-life in months =
-- 12 ln 2 / ln f; orders of magnitude per year = log10 f; share lost per month = 1 - f ^ (-1/12). A claim without a
-- period has no yearly rate. A claim is held against the measured rate of its own score, or of one that is no more than
-- a point above (a path to a higher score begins later and leaves the small models out), and against no path of less
-- than a year, whose rate nobody saw. Its period is the one it states; where the days that it names make another, what
-- they would make of it is told.
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

measured as (
    select
        claim.fact_id,
        decline.factor_per_year as measured_factor,
        decline.ci90_low as measured_low,
        decline.ci90_high as measured_high,
        decline.n as measured_n,
        decline.threshold as measured_threshold,
        decline.price_basis as measured_price_basis,
        decline.start_date as measured_from,
        decline.end_date as measured_to,
        decline.fact_ids,
        row_number() over (
            partition by claim.fact_id
            order by
                decline.threshold asc,
                case decline.price_basis when 'compiled' then 1 when 'in_force' then 2 else 3 end asc,
                decline.n desc,
                decline.variant asc
        ) as place
    from yearly as claim
    inner join marts.price_decline as decline
        on
            claim.benchmark_id = decline.benchmark_id
            and claim.blend = decline.blend
            and claim.threshold <= decline.threshold
            and claim.threshold + 1 >= decline.threshold
            and coalesce(claim.valid_from, timestamp '0001-01-01') <= decline.end_date
            and coalesce(claim.valid_to, claim.known_from) >= decline.start_date
    where
        claim.object = 'inference_price_at_capability'
        and claim.modality = 'observed'
        and claim.period_years is not null
        and decline.estimator = 'ols'
        and decline.reasoning_models = 'excluded'
        and decline.price_basis <> 'latest'
        and decline.factor_per_year is not null
        and not decline.is_extrapolated
),

compared as (
    select
        claim.*,
        measured.* exclude (fact_id, fact_ids, place),
        measured.fact_ids as measured_fact_ids,
        case
            when claim.period_years is null or claim.modality <> 'observed' then 'not_testable'
            when claim.object not in ('inference_price_at_capability', 'inference_cost') then 'not_testable'
            when measured.fact_id is null then 'not_comparable'
            when claim.factor_low <= measured.measured_high and claim.factor_high >= measured.measured_low
                then 'supported'
            else 'contradicted'
        end as verdict
    from yearly as claim
    left join measured on claim.fact_id = measured.fact_id and measured.place = 1
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
