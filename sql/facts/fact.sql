-- grain: one row a fact of any kind
-- The envelope of every fact, where defaults and supersession are settled once: a fact is known since its source was
-- published unless its row says otherwise, and superseded where another row supersedes it.

-- noqa: disable=layout.select_targets
with stated as (
    select
        'facts.api_price' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.api_prices
    union all
    select
        'facts.api_price' as fact_table, fact_id, source_id, source_locator, cast(null as varchar) as claimant,
        cast(null as varchar) as claimant_class,
        case when valid_from_basis = 'documented' then 'B' else 'C' end as confidence, 'observed' as modality,
        'exact' as qualifier,
        case
            when correction_id is not null then 'retracted'
            when not is_plausible then 'disputed'
            else 'active'
        end as status,
        cast(null as varchar) as supersedes, cast(null as varchar) as supersedes_reason,
        cast(null as varchar) as quote,
        coalesce(
            correction_reason,
            case when not is_plausible then 'beyond what is plausible for its class' end,
            end_correction_reason
        ) as note,
        valid_from,
        valid_to,
        valid_precision,
        valid_from_basis,
        known_from,
        known_to,
        last_confirmed_at,
        concat('feed:', source_id) as origin,
        cast(amount as double) as amount_low, cast(amount as double) as amount,
        cast(amount as double) as amount_high, true as low_inclusive, true as high_inclusive, unit, currency
    from feeds.price_statement
    union all
    select
        'facts.cache_rule' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(null as double) as amount_low, cast(null as double) as amount,
        cast(null as double) as amount_high, cast(null as boolean) as low_inclusive,
        cast(null as boolean) as high_inclusive, cast(null as varchar) as unit,
        cast(null as varchar) as currency
    from seeds.cache_rules
    union all
    select
        'facts.retirement' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(null as double) as amount_low, cast(null as double) as amount,
        cast(null as double) as amount_high, cast(null as boolean) as low_inclusive,
        cast(null as boolean) as high_inclusive, cast(null as varchar) as unit,
        cast(null as varchar) as currency
    from seeds.retirements
    union all
    select
        'facts.training_cost' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.training_costs
    union all
    select
        'facts.compute' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.compute
    union all
    select
        'facts.hardware_price' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.hardware_prices
    union all
    select
        'facts.valuation' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.valuations
    union all
    select
        'facts.revenue' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.revenues
    union all
    select
        'facts.capability_claim' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(null as double) as amount_low, cast(null as double) as amount,
        cast(null as double) as amount_high, cast(null as boolean) as low_inclusive,
        cast(null as boolean) as high_inclusive, cast(null as varchar) as unit,
        cast(null as varchar) as currency
    from seeds.capability_claims
    union all
    select
        'facts.trend_claim' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        stated_low as amount_low, stated as amount, stated_high as amount_high,
        cast(null as boolean) as low_inclusive, cast(null as boolean) as high_inclusive, stated_unit as unit,
        cast(null as varchar) as currency
    from seeds.trend_claims
    union all
    select
        'facts.capability_score' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        score_low as amount_low, score as amount, score_high as amount_high,
        cast(null as boolean) as low_inclusive, cast(null as boolean) as high_inclusive,
        cast(null as varchar) as unit, cast(null as varchar) as currency
    from seeds.capability_scores
    union all
    select
        'facts.blended_price' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.blended_prices
    union all
    select
        'facts.capability_score' as fact_table, fact_id, source_id, place as source_locator,
        cast(null as varchar) as claimant, cast(null as varchar) as claimant_class, 'B' as confidence,
        'observed' as modality, 'exact' as qualifier, 'active' as status, cast(null as varchar) as supersedes,
        cast(null as varchar) as supersedes_reason, cast(null as varchar) as quote, cast(null as varchar) as note,
        valid_from, cast(null as timestamp) as valid_to,
        case when valid_from is not null then 'day' end as valid_precision, valid_from_basis, known_from, known_to,
        last_confirmed_at, concat('feed:', source_id) as origin, score_low as amount_low, score as amount,
        score_high as amount_high, cast(null as boolean) as low_inclusive, cast(null as boolean) as high_inclusive,
        cast(null as varchar) as unit, cast(null as varchar) as currency
    from feeds.score_statement
    union all
    select
        'facts.stated_bill' as fact_table, fact_id, source_id, source_locator, claimant, claimant_class,
        confidence, modality, qualifier, status, supersedes, supersedes_reason, quote, note, valid_from,
        valid_to, valid_precision, valid_from_basis, known_from, known_to, last_confirmed_at, origin,
        cast(amount_low as double) as amount_low, cast(amount as double) as amount,
        cast(amount_high as double) as amount_high, low_inclusive, high_inclusive, unit, currency
    from seeds.stated_bills
),

replaced as (
    select
        supersedes as fact_id,
        max(fact_id) as superseded_by
    from stated
    where supersedes is not null
    group by supersedes
)

select
    stated.* exclude (status, known_from),
    replaced.superseded_by,
    case when replaced.superseded_by is not null then 'superseded' else stated.status end as status,
    coalesce(stated.known_from, source.published_at, source.accessed_at) as known_from
from stated
inner join ref.source as source on stated.source_id = source.source_id
left join replaced on stated.fact_id = replaced.fact_id
