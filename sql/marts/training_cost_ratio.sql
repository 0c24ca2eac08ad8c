-- grain: one row an ordered pair of stated costs
-- Comparable only within one basis, stage, horizon, price year and currency; otherwise the reason says what differs.
with compared as (
    select
        ratio.*,
        cost.subject_id,
        cost.cost_basis,
        cost.price_year,
        base.subject_id as base_subject_id,
        base.cost_basis as base_cost_basis,
        base.price_year as base_price_year,
        nullif(
            concat_ws(
                '; ',
                case
                    when cost.cost_basis = 'unstated' or base.cost_basis = 'unstated' then 'cost basis unstated'
                    when cost.cost_basis <> base.cost_basis
                        then concat('cost basis differs: ', cost.cost_basis, ' v. ', base.cost_basis)
                end,
                case
                    when cost.price_year is distinct from base.price_year
                        then
                            concat(
                                'price year differs: ',
                                coalesce(cast(cost.price_year as varchar), 'nominal'),
                                ' v. ',
                                coalesce(cast(base.price_year as varchar), 'nominal')
                            )
                end,
                case
                    when cost.subject_kind <> base.subject_kind
                        then concat('scope differs: ', cost.subject_kind, ' v. ', base.subject_kind)
                end,
                case
                    when cost.stage is distinct from base.stage
                        then
                            concat(
                                'stage differs: ',
                                coalesce(cost.stage, 'no run'),
                                ' v. ',
                                coalesce(base.stage, 'no run')
                            )
                end,
                case when cost.horizon_years is distinct from base.horizon_years then 'horizon differs' end,
                case
                    when cost.currency <> base.currency
                        then concat('currency differs, not converted: ', cost.currency, ' v. ', base.currency)
                end,
                case when cost.modality <> 'observed' or base.modality <> 'observed' then 'not observed' end
            ),
            ''
        ) as reason
    from marts.fact_ratio as ratio
    inner join facts.training_cost as cost on ratio.numerator_fact_id = cost.fact_id
    inner join facts.training_cost as base on ratio.denominator_fact_id = base.fact_id
)

select
    numerator_fact_id as cost_fact_id,
    denominator_fact_id as base_cost_fact_id,
    subject_id,
    base_subject_id,
    cost_basis,
    base_cost_basis,
    price_year,
    base_price_year,
    ratio_low,
    ratio,
    ratio_high,
    qualifier,
    is_approximate,
    reason is null as comparable,
    reason,
    fact_ids
from compared
