-- grain: one row a claimed rate of change
-- A decline of share d is a factor 1 / (1 - d), so that the ends of a range keep their order; a share that remains and
-- a growth are inverted, so that theirs swap. Factor per year = total factor ^ (1 / years); half-life in months =
-- 12 ln 2 / ln f; orders of magnitude per year = log10 f; share lost per month = 1 - f ^ (-1/12). A claim without a
-- period has no yearly rate.
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
        power(total_factor_high, 1 / period_years) as factor_high
    from total
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
    cast(null as double) as measured_factor,
    case when period_years is null or modality <> 'observed' then 'not_testable' end as verdict,
    case
        when period_years is null then 'no period is stated, so there is no yearly rate'
        when modality <> 'observed' then concat('the claim is ', modality, ', not an observation')
        else 'no measured series of this object yet'
    end as reason,
    [fact_id] as fact_ids
from yearly
