-- grain: one row a source's step from one rate of a series to another, as known at the release
-- What a source showed, and what it was. Its own slips are told in `work.price_standing`. A step from a rate that was
-- never in force while the source stated it puts the source right: `unit_fix` where the two differ by a power of ten or
-- a thousandfold and more, else `correction`. Any other step is the change of a price, seen when it happened or late.
with step as (
    select
        standing.*,
        mine.fact_id,
        mine.lineage,
        before.fact_id as before_fact_id,
        cast(standing.amount as double) / nullif(cast(standing.before_amount as double), 0) as multiple
    from work.price_standing as standing
    inner join work.price_known as mine on standing.statement_no = mine.statement_no
    inner join work.price_known as before on standing.before_no = before.statement_no
    where
        standing.known_to is null
        and standing.follows
        and standing.before_amount <> standing.amount
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
        named.model_id as new_model_id,
        stated.price_kind,
        stated.source_id,
        stated.source_sku,
        before.price_kind as before_price_kind,
        case
            when step.before_slip in ('correction', 'unit_fix') then step.before_slip
            when step.slip = 'reverted' or step.before_slip = 'reverted' then 'reverted'
            when compared.rates > 0 and not compared.old_was_in_force
                then case
                    when
                        abs(log10(nullif(step.multiple, 0))) >= 0.9999
                        and abs(log10(nullif(step.multiple, 0)) - round(log10(nullif(step.multiple, 0)))) <= 0.0005
                        then 'unit_fix'
                    when abs(log10(nullif(step.multiple, 0))) >= 2.99 then 'unit_fix'
                    else 'correction'
                end
            when before.price_kind = 'promo' and stated.price_kind = 'list' then 'promo_end'
            when named.model_id is not null then 'alias_moved'
            else 'price_change'
        end as change_kind
    from step
    inner join facts.api_price as stated on step.fact_id = stated.fact_id
    inner join facts.api_price as before on step.before_fact_id = before.fact_id
    left join compared on step.series_id = compared.series_id and step.fact_id = compared.fact_id
    left join named on step.fact_id = named.fact_id
)

select
    judged.series_id,
    series.provider_id,
    series.sku,
    series.token_class,
    series.service_tier,
    series.context_over_tokens,
    series.price_window_id,
    series.region,
    series.currency,
    judged.source_id,
    coalesce(judged.source_sku, '') as source_sku,
    judged.fact_id,
    judged.valid_start as seen_at,
    judged.before_amount as old,
    judged.amount as new,
    judged.multiple,
    judged.change_kind,
    case
        when judged.before_slip = 'correction' or judged.slip = 'reverted' or judged.before_slip = 'reverted'
            then 'soon taken back by its source'
        when judged.before_slip = 'unit_fix' then 'a thousandfold or more, and said by nobody else'
        when judged.change_kind in ('correction', 'unit_fix')
            then 'the rate before was not in force while the source stated it'
        when judged.change_kind = 'alias_moved' then concat('the name moved to ', judged.new_model_id)
        when judged.change_kind = 'promo_end' then 'promo to list'
        when judged.in_force_since < judged.valid_start
            then concat('seen late: in force since ', cast(judged.in_force_since as varchar))
        else 'the rate before was in force until then'
    end as evidence,
    [judged.before_fact_id, judged.fact_id] as fact_ids
from judged
inner join ref.price_series as series on judged.series_id = series.series_id
