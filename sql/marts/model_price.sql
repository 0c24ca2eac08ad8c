-- grain: one row a model, a view of what is known, and a stretch of time in which its price is one
-- The one list by which a model is priced: its maker's own API, and where the maker never sold it so, or its weights
-- are open and the maker sells it no more, that of the provider whose 3:1 blend is the median (of two middle ones the
-- cheaper), as Epoch prices models. Standard service, shortest context, no region. Of a seller's lists the first is
-- taken: in dollars, the rest of the hours before all hours (where both are stated, by a source that knows no hours)
-- before hours of their own, the better confidence, the SKU called like the model. A name that moves from one model to
-- another prices each for its own time. Bounds are the least and the most of the lists and of statements that differ.
with seller as (
    select
        price.series_id,
        price.provider_id,
        price.sku,
        price.token_class,
        price.price_window_id,
        price.currency,
        price.confidence,
        price.fact_id,
        price.known_from,
        cast(price.amount as double) as amount,
        cast(price.usd_per_mtok as double) as usd,
        coalesce(named.model_id, price.model_id) as sold_model_id,
        coalesce(price.provider_id = model.organization_id, false) as is_first_party,
        coalesce(model.is_open_weight, false) as is_open_weight,
        greatest(price.valid_from, coalesce(named.valid_from, price.valid_from)) as valid_start,
        least(
            coalesce(price.valid_to, timestamp '9999-12-31'), coalesce(named.valid_to, timestamp '9999-12-31')
        ) as valid_end,
        coalesce(price.known_to, timestamp '9999-12-31') as known_end,
        case when price.currency = 'USD' then 0 else 1 end as currency_place,
        case
            when price.price_window_id is null then 1
            when price.price_window_id in (
                select rest.price_window_id from ref.price_window as rest
                where rest.complement_of is not null
            ) then 0
            else 2
        end as hours_place
    from marts.api_price as price
    left join ref.model_alias as named
        on
            concat(price.provider_id, '-api') = named.namespace
            and price.sku = named.alias
            and (named.valid_from is null or price.valid_to is null or price.valid_to > named.valid_from)
            and (named.valid_to is null or price.valid_from < named.valid_to)
    inner join ref.model as model on coalesce(named.model_id, price.model_id) = model.model_id
    where
        price.token_class in ('input', 'output', 'cache_read')
        and price.service_tier = 'standard'
        and price.context_over_tokens = 0
        and price.region is null
        and price.provider_id <> ''
        and price.valid_from is not null
        and price.usd_per_mtok is not null
),

rate as (
    select *
    from seller
    where valid_start < valid_end
    qualify is_first_party or is_open_weight or not bool_or(is_first_party) over (partition by sold_model_id)
),

disputed as (
    select
        conflict.series_id,
        coalesce(conflict.valid_from, timestamp '0001-01-01') as valid_start,
        coalesce(conflict.valid_to, timestamp '9999-12-31') as valid_end,
        conflict.known_from,
        coalesce(conflict.known_to, timestamp '9999-12-31') as known_end,
        conflict.fact_ids
    from marts.api_price_conflict as conflict
    where conflict.series_id in (select rate.series_id from rate)
),

stated as (
    select
        'now' as knowledge,
        valid_start as starts,
        valid_end as ends,
        rate.* exclude (valid_start, valid_end)
    from rate
    where known_end = timestamp '9999-12-31'
    union all
    select
        'then' as knowledge,
        greatest(valid_start, known_from) as starts,
        least(valid_end, known_end) as ends,
        rate.* exclude (valid_start, valid_end)
    from rate
    where greatest(valid_start, known_from) < least(valid_end, known_end)
),

span as (
    select
        bounded.* exclude (starts, sold_to),
        case when is_first_party then starts else greatest(starts, coalesce(sold_to, starts)) end as starts
    from (
        select
            *,
            max(case when is_first_party then ends end) over (partition by sold_model_id, knowledge) as sold_to
        from stated
    ) as bounded
    where is_first_party or sold_to is null or sold_to < ends
),

doubt as (
    select
        'now' as knowledge,
        valid_start as starts,
        valid_end as ends,
        series_id,
        fact_ids
    from disputed
    where known_end = timestamp '9999-12-31'
    union all
    select
        'then' as knowledge,
        greatest(valid_start, known_from) as starts,
        least(valid_end, known_end) as ends,
        series_id,
        fact_ids
    from disputed
    where greatest(valid_start, known_from) < least(valid_end, known_end)
),

claim as (
    select
        doubt.knowledge,
        doubt.starts,
        doubt.ends,
        doubt.series_id,
        fact.fact_id,
        cast(fact.amount as double) as amount
    from (
        select
            knowledge,
            starts,
            ends,
            series_id,
            unnest(fact_ids) as fact_id
        from doubt
    ) as doubt
    inner join facts.api_price as fact on doubt.fact_id = fact.fact_id
),

edge as (
    select
        sold_model_id,
        knowledge,
        starts as edge
    from span
    union
    select
        sold_model_id,
        knowledge,
        ends as edge
    from span
    union
    select
        span.sold_model_id,
        span.knowledge,
        greatest(span.starts, least(span.ends, claim.starts)) as edge
    from span
    inner join claim on span.series_id = claim.series_id and span.knowledge = claim.knowledge
    union
    select
        span.sold_model_id,
        span.knowledge,
        greatest(span.starts, least(span.ends, claim.ends)) as edge
    from span
    inner join claim on span.series_id = claim.series_id and span.knowledge = claim.knowledge
),

stretch as (
    select
        sold_model_id,
        knowledge,
        edge as starts,
        lead(edge) over (partition by sold_model_id, knowledge order by edge) as ends
    from edge
),

asked as (
    select
        stretch.sold_model_id,
        stretch.knowledge,
        stretch.starts,
        stretch.ends,
        span.provider_id,
        span.sku,
        span.currency,
        span.price_window_id,
        span.token_class,
        span.is_first_party,
        span.currency_place,
        span.hours_place,
        span.confidence,
        span.fact_id,
        span.usd,
        span.amount,
        min(claim.amount) as least_amount,
        max(claim.amount) as greatest_amount,
        list(distinct claim.fact_id) filter (where claim.fact_id is not null) as claim_fact_ids
    from stretch
    inner join span
        on
            stretch.sold_model_id = span.sold_model_id
            and stretch.knowledge = span.knowledge
            and stretch.starts >= span.starts
            and stretch.ends <= span.ends
    left join claim
        on
            span.series_id = claim.series_id
            and span.knowledge = claim.knowledge
            and stretch.starts >= claim.starts
            and stretch.ends <= claim.ends
    group by all
),

sold as (
    select
        sold_model_id,
        knowledge,
        starts,
        ends,
        provider_id,
        sku,
        currency,
        price_window_id,
        is_first_party,
        currency_place,
        hours_place,
        max(usd) filter (where token_class = 'input') as input_usd,
        max(usd) filter (where token_class = 'output') as output_usd,
        max(usd) filter (where token_class = 'cache_read') as cache_read_usd,
        max(fact_id) filter (where token_class = 'input') as input_fact_id,
        max(fact_id) filter (where token_class = 'output') as output_fact_id,
        max(fact_id) filter (where token_class = 'cache_read') as cache_read_fact_id,
        max(confidence) as confidence,
        min(usd * least(1, coalesce(least_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'input') as input_low,
        max(usd * greatest(1, coalesce(greatest_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'input') as input_high,
        min(usd * least(1, coalesce(least_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'output') as output_low,
        max(usd * greatest(1, coalesce(greatest_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'output') as output_high,
        min(usd * least(1, coalesce(least_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'cache_read') as cache_read_low,
        max(usd * greatest(1, coalesce(greatest_amount / nullif(amount, 0), 1)))
        filter (where token_class = 'cache_read') as cache_read_high,
        flatten(list(array_append(coalesce(claim_fact_ids, []), fact_id))) as fact_ids
    from asked
    group by all
    having input_usd is not null and output_usd is not null
),

list_place as (
    select
        *,
        row_number() over (
            partition by sold_model_id, knowledge, starts, provider_id
            order by currency_place, hours_place, confidence, sku <> sold_model_id, sku, price_window_id
        ) as place,
        min(currency_place) over (partition by sold_model_id, knowledge, starts, provider_id) as first_currency_place
    from sold
),

seller_place as (
    select
        *,
        count(*) over (partition by sold_model_id, knowledge, starts) as sellers,
        row_number() over (
            partition by sold_model_id, knowledge, starts order by 3 * input_usd + output_usd, provider_id
        ) as seller_place
    from list_place
    where place = 1
),

bound as (
    select
        sold_model_id,
        knowledge,
        starts,
        count(*) as lists,
        min(input_low) as input_low,
        max(input_high) as input_high,
        min(output_low) as output_low,
        max(output_high) as output_high,
        min(cache_read_low) as cache_read_low,
        max(cache_read_high) as cache_read_high,
        array_sort(array_distinct(flatten(list(fact_ids)))) as fact_ids
    from list_place
    where currency_place = first_currency_place
    group by sold_model_id, knowledge, starts
),

taken as (
    select
        seller_place.sold_model_id,
        seller_place.knowledge,
        seller_place.starts,
        seller_place.ends,
        seller_place.provider_id,
        seller_place.sku,
        seller_place.currency,
        seller_place.price_window_id,
        seller_place.is_first_party,
        seller_place.sellers,
        seller_place.input_usd,
        seller_place.output_usd,
        seller_place.cache_read_usd,
        seller_place.input_fact_id,
        seller_place.output_fact_id,
        seller_place.cache_read_fact_id,
        bound.* exclude (sold_model_id, knowledge, starts),
        coalesce(
            lag(seller_place.ends) over history = seller_place.starts
            and lag(bound.fact_ids) over history = bound.fact_ids
            and lag(seller_place.sku) over history = seller_place.sku,
            false
        ) as goes_on
    from seller_place
    inner join bound
        on
            seller_place.sold_model_id = bound.sold_model_id
            and seller_place.knowledge = bound.knowledge
            and seller_place.starts = bound.starts
    where 2 * seller_place.seller_place in (seller_place.sellers, seller_place.sellers + 1)
    window
        history as (
            partition by seller_place.sold_model_id, seller_place.knowledge order by seller_place.starts
        )
),

numbered as (
    select
        *,
        sum(case when goes_on then 0 else 1 end) over (
            partition by sold_model_id, knowledge order by starts
        ) as number
    from taken
),

run as (
    select
        * exclude (starts, ends, goes_on),
        min(starts) as in_force_from,
        nullif(max(ends), timestamp '9999-12-31') as in_force_to
    from numbered
    group by all
)

select
    sold_model_id as model_id,
    knowledge,
    in_force_from,
    in_force_to,
    provider_id,
    sku,
    price_window_id,
    currency,
    is_first_party,
    sellers,
    lists,
    input_usd as input_usd_per_mtok,
    input_low as input_usd_per_mtok_low,
    input_high as input_usd_per_mtok_high,
    output_usd as output_usd_per_mtok,
    output_low as output_usd_per_mtok_low,
    output_high as output_usd_per_mtok_high,
    cache_read_usd as cache_read_usd_per_mtok,
    case when cache_read_usd is not null then cache_read_low end as cache_read_usd_per_mtok_low,
    case when cache_read_usd is not null then cache_read_high end as cache_read_usd_per_mtok_high,
    input_fact_id,
    output_fact_id,
    cache_read_fact_id,
    fact_ids
from run
