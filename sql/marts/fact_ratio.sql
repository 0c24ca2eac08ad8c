-- grain: one row an ordered pair of facts that some mart divides
-- The algebra of qualifiers, in one place. Each measure is an interval: exact is a point, a bound is open on one side
-- (NULL), an approximate value stands for itself and is flagged. The quotient's least value is the numerator's least
-- over the denominator's greatest; where that side is open, so is the quotient's. Two bounds that pull apart leave
-- both sides open: undefined. Facts that were superseded or retracted are not divided.
with measure as (
    select
        fact_id,
        qualifier,
        amount as point,
        coalesce(low_inclusive, true) as low_inclusive,
        coalesce(high_inclusive, true) as high_inclusive,
        case when qualifier = 'approximate' then coalesce(amount_low, amount) else amount_low end as low,
        case when qualifier = 'approximate' then coalesce(amount_high, amount) else amount_high end as high
    from facts.fact
    where status in ('active', 'disputed')
),

pair as (
    select
        cost.fact_id as numerator_fact_id,
        base.fact_id as denominator_fact_id
    from facts.training_cost as cost
    inner join facts.training_cost as base on cost.fact_id <> base.fact_id
    union all
    select
        counted.fact_id as numerator_fact_id,
        base.fact_id as denominator_fact_id
    from facts.compute as counted
    inner join facts.compute as base on counted.metric = base.metric and counted.unit = base.unit
    where counted.fact_id <> base.fact_id and counted.unit <> 'ratio'
    union all
    select
        cost.fact_id as numerator_fact_id,
        hours.fact_id as denominator_fact_id
    from facts.training_cost as cost
    inner join facts.compute as hours
        on cost.subject_kind = hours.subject_kind and cost.subject_id = hours.subject_id and cost.stage = hours.stage
    where cost.subject_kind = 'model' and hours.metric = 'gpu_hours' and hours.scope = 'run'
    union all
    select
        valuation.fact_id as numerator_fact_id,
        revenue.fact_id as denominator_fact_id
    from facts.valuation as valuation
    inner join facts.revenue as revenue on valuation.organization_id = revenue.organization_id
    union all
    select
        valuation.fact_id as numerator_fact_id,
        cost.fact_id as denominator_fact_id
    from facts.valuation as valuation
    inner join ref.model as model on valuation.organization_id = model.organization_id
    inner join facts.training_cost as cost on model.model_id = cost.subject_id and cost.subject_kind = 'model'
    union all
    select
        valuation.fact_id as numerator_fact_id,
        cost.fact_id as denominator_fact_id
    from facts.valuation as valuation
    inner join facts.training_cost as cost
        on valuation.organization_id = cost.subject_id and cost.subject_kind = 'organization'
),

divided as (
    select
        pair.numerator_fact_id,
        pair.denominator_fact_id,
        num.point / nullif(den.point, 0) as ratio,
        num.low / nullif(den.high, 0) as low,
        num.high / nullif(den.low, 0) as high,
        num.low_inclusive and den.high_inclusive as low_inclusive,
        num.high_inclusive and den.low_inclusive as high_inclusive,
        num.qualifier = 'approximate' or den.qualifier = 'approximate' as is_approximate,
        num.qualifier = 'order_of_magnitude' or den.qualifier = 'order_of_magnitude' as is_magnitude,
        num.qualifier = 'range' or den.qualifier = 'range' as is_range
    from pair
    inner join measure as num on pair.numerator_fact_id = num.fact_id
    inner join measure as den on pair.denominator_fact_id = den.fact_id
),

qualified as (
    select
        *,
        case
            when low is null and high is null then 'undefined'
            when low is null then 'at_most'
            when high is null then 'at_least'
            when is_magnitude then 'order_of_magnitude'
            when is_range then 'range'
            when is_approximate then 'approximate'
            else 'exact'
        end as qualifier
    from divided
)

select
    numerator_fact_id,
    denominator_fact_id,
    qualifier,
    is_approximate,
    case when qualifier = 'undefined' then null else ratio end as ratio,
    case when qualifier = 'approximate' and low = high then null else low end as ratio_low,
    case when qualifier = 'approximate' and low = high then null else high end as ratio_high,
    case when low is null or qualifier = 'approximate' then null else low_inclusive end as low_inclusive,
    case when high is null or qualifier = 'approximate' then null else high_inclusive end as high_inclusive,
    [numerator_fact_id, denominator_fact_id] as fact_ids
from qualified
