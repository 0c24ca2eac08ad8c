-- grain: one row a source's step to a rate of a series, from another or from none, as known at the release
-- What a source showed, and what it was. Its own slips are told in `work.price_standing`. A step from a rate that was
-- never in force while the source stated it puts the source right, as does one by a power of ten to a rate that another
-- lineage stated before, where none but its own ever stated the old one: `unit_fix` where the two differ by a power of
-- ten or a thousandfold and more, else `correction`. Any other step is the change of a price, seen when it happened or
-- late. A rate of a SKU that the source had already, with other rates, is a field that it added.
with magnified as (
    select
        standing.*,
        mine.fact_id,
        mine.lineage,
        before.fact_id as before_fact_id,
        cast(standing.amount as double) / nullif(cast(standing.before_amount as double), 0) as multiple,
        log10(nullif(cast(standing.amount as double), 0)) - log10(nullif(cast(standing.before_amount as double), 0))
            as magnitudes
    from work.price_standing as standing
    inner join work.price_known as mine on standing.statement_no = mine.statement_no
    inner join work.price_known as before on standing.before_no = before.statement_no
    where
        standing.known_to is null
        and standing.follows
        and standing.before_amount <> standing.amount
),

step as (
    select
        *,
        coalesce(
            abs(magnitudes) >= 2.99 or (abs(magnitudes) >= 0.9999 and abs(magnitudes - round(magnitudes)) <= 0.0005),
            false
        ) as is_of_scale
    from magnified
),

compared as (
    select
        step.series_id,
        step.fact_id,
        count(rate.fact_id) as rates,
        bool_or(
            abs(cast(rate.amount as double) - cast(step.before_amount as double))
            <= 0.001 * cast(step.before_amount as double)
        ) as old_was_in_force,
        min(case when rate.amount = step.amount then coalesce(rate.valid_from, timestamp '0001-01-01') end)
            as in_force_since
    from step
    inner join marts.api_price as rate
        on
            step.series_id = rate.series_id
            and rate.known_to is null
            and (rate.valid_from is null or step.valid_start >= rate.valid_from)
            and (rate.valid_to is null or step.before_start < rate.valid_to)
    group by step.series_id, step.fact_id
),

witnessed as (
    select
        step.fact_id,
        bool_or(other.amount = step.amount and other.valid_start < step.valid_start) as new_was_stated,
        bool_or(other.amount = step.before_amount) as old_was_stated
    from step
    inner join work.price_known as other on step.series_id = other.series_id and step.lineage <> other.lineage
    group by step.fact_id
),

named as (
    select
        step.fact_id,
        min(since.model_id) as model_id
    from step
    inner join ref.price_series as series on step.series_id = series.series_id
    inner join ref.model_alias as since
        on
            concat(series.provider_id, '-api') = since.namespace
            and series.sku = since.alias
            and since.valid_from > step.valid_start - interval 7 day
            and step.valid_start >= since.valid_from
            and step.before_start < since.valid_from
    group by step.fact_id
),

judged as (
    select
        step.*,
        compared.in_force_since,
        compared.rates > 0 and not compared.old_was_in_force as old_never_ruled,
        named.model_id as new_model_id,
        case
            when step.before_slip in ('correction', 'unit_fix') then step.before_slip
            when step.slip = 'reverted' or step.before_slip = 'reverted' then 'reverted'
            when
                (compared.rates > 0 and not compared.old_was_in_force)
                or (step.is_of_scale and witnessed.new_was_stated and not witnessed.old_was_stated)
                then case when step.is_of_scale then 'unit_fix' else 'correction' end
            when before.price_kind = 'promo' and stated.price_kind = 'list' then 'promo_end'
            when named.model_id is not null then 'alias_moved'
            else 'price_change'
        end as change_kind
    from step
    inner join facts.api_price as stated on step.fact_id = stated.fact_id
    inner join facts.api_price as before on step.before_fact_id = before.fact_id
    left join compared on step.series_id = compared.series_id and step.fact_id = compared.fact_id
    left join witnessed on step.fact_id = witnessed.fact_id
    left join named on step.fact_id = named.fact_id
),

source_begun as (
    select
        source_no,
        min(valid_start) as begins
    from work.price_known
    where not is_since_ever
    group by source_no
),

sighting as (
    select
        series_id,
        fact_id,
        valid_start as seen_at,
        before_amount as old,
        amount as new,
        multiple,
        change_kind,
        case
            when before_slip = 'correction' or slip = 'reverted' or before_slip = 'reverted'
                then 'soon taken back by its source'
            when before_slip = 'unit_fix' then 'a thousandfold or more, and said by nobody else'
            when change_kind in ('correction', 'unit_fix') and old_never_ruled
                then 'the rate before was not in force while the source stated it'
            when change_kind in ('correction', 'unit_fix')
                then 'another lineage stated the rate before the source did, and none the one that it replaced'
            when change_kind = 'alias_moved' then concat('the name moved to ', new_model_id)
            when change_kind = 'promo_end' then 'promo to list'
            when in_force_since < valid_start then concat('seen late: in force since ', cast(in_force_since as varchar))
            else 'the rate before was in force until then'
        end as evidence,
        [before_fact_id, fact_id] as fact_ids
    from judged
    union all
    select
        standing.series_id,
        known.fact_id,
        standing.valid_start as seen_at,
        cast(null as decimal(24, 12)) as old,
        standing.amount as new,
        cast(null as double) as multiple,
        'field_added' as change_kind,
        concat('the source had other rates of the SKU since ', cast(source_begun.begins as varchar)) as evidence,
        [known.fact_id] as fact_ids
    from work.price_standing as standing
    inner join work.price_known as known on standing.statement_no = known.statement_no
    inner join source_begun on known.source_no = source_begun.source_no
    where
        standing.known_to is null
        and standing.before_no is null
        and not known.is_anchor
        and not known.is_since_ever
        and standing.valid_start > source_begun.begins
)

select
    sighting.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    stated.source_id,
    coalesce(stated.source_sku, '') as source_sku,
    sighting.fact_id,
    sighting.seen_at,
    sighting.old,
    sighting.new,
    sighting.multiple,
    sighting.change_kind,
    sighting.evidence,
    sighting.fact_ids
from sighting
inner join facts.api_price as stated on sighting.fact_id = stated.fact_id
inner join ref.price_series as series on sighting.series_id = series.series_id
