-- grain: one row a valuation and a revenue or cost of the same company
-- A multiple of revenue is comparable where the value comes from a transaction and both are of about one time; a
-- valuation is never comparable with a cost.
with denominator as (
    select
        fact_id,
        'revenue' as denominator_kind,
        valid_from,
        currency
    from facts.revenue
    union all
    select
        fact_id,
        'training_cost' as denominator_kind,
        valid_from,
        currency
    from facts.training_cost
),

compared as (
    select
        ratio.*,
        valuation.organization_id,
        valuation.valuation_kind,
        denominator.denominator_kind,
        nullif(
            concat_ws(
                '; ',
                case when denominator.denominator_kind = 'training_cost' then 'a valuation is no cost' end,
                case when valuation.valuation_kind = 'market_talk' then 'talk, no transaction behind the value' end,
                case
                    when
                        denominator.denominator_kind = 'revenue'
                        and (
                            valuation.valid_from is null
                            or denominator.valid_from is null
                            or abs(datediff('day', denominator.valid_from, valuation.valid_from)) > 183
                        )
                        then 'more than half a year apart'
                end,
                case when valuation.currency <> denominator.currency then 'currency differs, not converted' end
            ),
            ''
        ) as reason
    from marts.fact_ratio as ratio
    inner join facts.valuation as valuation on ratio.numerator_fact_id = valuation.fact_id
    inner join denominator on ratio.denominator_fact_id = denominator.fact_id
)

select
    numerator_fact_id,
    denominator_fact_id,
    organization_id,
    valuation_kind,
    denominator_kind,
    ratio as multiple,
    ratio_low,
    ratio,
    ratio_high,
    qualifier,
    is_approximate,
    reason is null as comparable,
    reason,
    fact_ids
from compared
