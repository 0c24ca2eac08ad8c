-- grain: one row a model and a time in which its list prices stay as they are
-- What a model costs, input and output in one figure, since when: its maker's own list where it has one (of several
-- names the least), else the median of those who host it. Lists are in US dollars, of the standard service, at any hour
-- and in every region, for the shortest context, as known now. A rate of 0 is no price to compare. Blends: 3:1 =
-- (3 input + output) / 4, as Epoch AI and Artificial Analysis do; 1:1 = (input + output) / 2, as a16z does.
with rate as (
    select
        price.model_id,
        price.provider_id,
        price.sku,
        price.token_class,
        price.fact_id,
        price.valid_from,
        price.provider_id = model.organization_id as is_own,
        coalesce(price.valid_to, timestamp '9999-12-31') as valid_end,
        cast(price.usd_per_mtok as double) as usd
    from marts.api_price as price
    inner join ref.model as model on price.model_id = model.model_id
    where
        price.known_to is null
        and price.token_class in ('input', 'output')
        and price.unit = 'currency_per_mtok'
        and price.service_tier = 'standard'
        and price.context_over_tokens = 0
        and price.price_window_id is null
        and price.region is null
        and price.currency = 'USD'
        and price.valid_from is not null
        and price.usd_per_mtok > 0
),

price_list as (
    select
        input.model_id,
        input.is_own,
        greatest(input.valid_from, output.valid_from) as valid_from,
        least(input.valid_end, output.valid_end) as valid_end,
        (3 * input.usd + output.usd) / 4 as blend_3_1,
        (input.usd + output.usd) / 2 as blend_1_1,
        [input.fact_id, output.fact_id] as fact_ids,
        max(cast(input.is_own as integer)) over (partition by input.model_id) = 1 as has_own
    from rate as input
    inner join rate as output
        on
            input.model_id = output.model_id
            and input.provider_id = output.provider_id
            and input.sku = output.sku
            and input.valid_from < output.valid_end
            and input.valid_end > output.valid_from
    where input.token_class = 'input' and output.token_class = 'output'
),

kept as (
    select *
    from price_list
    where is_own = has_own
),

change as (
    select
        model_id,
        valid_from as changed_at
    from kept
    union
    select
        model_id,
        valid_end as changed_at
    from kept
),

span as (
    select
        model_id,
        changed_at as valid_from,
        lead(changed_at) over (partition by model_id order by changed_at) as valid_end
    from change
)

select
    span.model_id,
    span.valid_from,
    nullif(span.valid_end, timestamp '9999-12-31') as valid_to,
    case when bool_and(kept.is_own) then 'own' else 'hosts' end as lists_of,
    count(*) as n_lists,
    case when bool_and(kept.is_own) then min(kept.blend_3_1) else median(kept.blend_3_1) end as blend_3_1,
    case when bool_and(kept.is_own) then min(kept.blend_1_1) else median(kept.blend_1_1) end as blend_1_1,
    array_sort(array_distinct(flatten(array_agg(kept.fact_ids)))) as fact_ids
from span
inner join kept
    on
        span.model_id = kept.model_id
        and span.valid_from >= kept.valid_from
        and span.valid_from < kept.valid_end
group by span.model_id, span.valid_from, span.valid_end
