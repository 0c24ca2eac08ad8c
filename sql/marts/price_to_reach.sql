-- grain: one row a step down of the cheapest price that reaches a score, by the prices and models that are looked at
-- After Epoch AI (LLM inference prices have fallen rapidly but unequally across tasks, 2025): a threshold is the score
-- of a model that was ever the best; of the models that reach it, in the order of their days, each stays that is
-- cheaper than all before. Thresholds near chance are left out, and scores at the top of the scale. Prices are looked
-- at in four ways. compiled: as the source of the score reckoned, of one name and day. release: the list in force on
-- the day of release, else the first that is known. in_force: that, and each later list of the model. latest: today's
-- list, stamped on the day of release, which looks ahead. Today is the newest day that any rate is known since: a list
-- that is announced for later has reached nothing yet. A model that reasons before it answers spends other numbers of
-- tokens on a task: with and without those. Where nobody says so of a model, it is one that any board ran with an
-- effort.
with run_with_effort as (
    select distinct model_id
    from facts.capability_score
    where effort <> 'no thinking'
),

score as (
    select
        score.fact_id as score_fact_id,
        score.source_id,
        score.source_model,
        score.model_id,
        score.benchmark_id,
        score.variant,
        score.score,
        coalesce(benchmark.score_high, 1e308) as full_score,
        coalesce(benchmark.chance_score + 5, -1e308) as least_threshold,
        date_trunc('day', score.valid_from) as scored_on,
        date_trunc('day', model.released_on) as released_on,
        coalesce(
            model.is_reasoning, run_with_effort.model_id is not null or coalesce(score.effort <> 'no thinking', false)
        ) as is_reasoning
    from facts.capability_score as score
    inner join ref.benchmark as benchmark on score.benchmark_id = benchmark.benchmark_id
    left join ref.model as model on score.model_id = model.model_id
    left join run_with_effort on score.model_id = run_with_effort.model_id
    where score.status = 'active' and score.known_to is null and score.modality = 'observed'
),

compiled as (
    select distinct
        price.source_id,
        price.source_model,
        price.fact_id,
        price.blend,
        cast(price.amount as double) as usd_per_mtok,
        date_trunc('day', price.valid_from) as on_date
    from facts.blended_price as price
    where
        price.status = 'active'
        and price.known_to is null
        and price.currency = 'USD'
        and price.amount is not null
),

today as (
    select max(known_from) as newest
    from marts.api_price
),

placed as (
    select
        price.model_id,
        coalesce(price.in_force_to > today.newest, true) as is_in_force_today,
        (3 * price.input_usd_per_mtok + price.output_usd_per_mtok) / 4 as blend_3_1,
        (price.input_usd_per_mtok + price.output_usd_per_mtok) / 2 as blend_1_1,
        [price.input_fact_id, price.output_fact_id] as fact_ids,
        date_trunc('day', model.released_on) as released_on,
        greatest(date_trunc('day', price.in_force_from), date_trunc('day', model.released_on)) as on_date,
        row_number() over (partition by price.model_id order by price.in_force_from) as place,
        row_number() over (partition by price.model_id order by price.in_force_from desc) as place_from_last
    from marts.model_price as price
    inner join ref.model as model on price.model_id = model.model_id
    cross join today
    where
        price.knowledge = 'now'
        and price.in_force_from <= today.newest
        and price.input_usd_per_mtok + price.output_usd_per_mtok > 0
        and model.released_on is not null
        and coalesce(price.in_force_to, timestamp '9999-12-31') > model.released_on
),

list_price as (
    select
        placed.model_id,
        basis.price_basis,
        blend.blend,
        case when basis.price_basis = 'latest' then placed.released_on else placed.on_date end as on_date,
        case when blend.blend = 'blend_3_1' then placed.blend_3_1 else placed.blend_1_1 end as usd_per_mtok,
        placed.fact_ids
    from placed
    cross join (values ('release'), ('in_force'), ('latest')) as basis (price_basis)
    cross join (values ('blend_3_1'), ('blend_1_1')) as blend (blend)
    where
        basis.price_basis = 'in_force'
        or (basis.price_basis = 'release' and placed.place = 1)
        or (basis.price_basis = 'latest' and placed.place_from_last = 1 and placed.is_in_force_today)
),

priced as (
    select
        score.*,
        'compiled' as price_basis,
        price.blend,
        price.on_date,
        price.usd_per_mtok,
        [price.fact_id] as price_fact_ids
    from score
    inner join compiled as price
        on
            score.source_id = price.source_id
            and score.source_model = price.source_model
            and score.scored_on = price.on_date
    union all
    select
        score.*,
        price.price_basis,
        price.blend,
        price.on_date,
        price.usd_per_mtok,
        price.fact_ids as price_fact_ids
    from score
    inner join list_price as price on score.model_id = price.model_id
),

point as (
    select
        priced.*,
        kept.reasoning_models,
        row_number() over (
            partition by
                priced.benchmark_id, priced.variant, priced.price_basis, priced.blend, kept.reasoning_models
            order by
                priced.on_date asc,
                priced.score desc,
                priced.usd_per_mtok asc,
                priced.source_model asc,
                priced.score_fact_id asc
        ) as point_no
    from priced
    cross join (values ('included'), ('excluded')) as kept (reasoning_models)
    where kept.reasoning_models = 'included' or not priced.is_reasoning
),

standing as (
    select
        *,
        max(score) over (
            partition by benchmark_id, variant, price_basis, blend, reasoning_models
            order by point_no
            rows between unbounded preceding and 1 preceding
        ) as best_before
    from point
),

threshold as (
    select
        benchmark_id,
        variant,
        price_basis,
        blend,
        reasoning_models,
        score as threshold,
        source_model as threshold_model,
        score_fact_id as threshold_fact_id
    from standing
    where (best_before is null or score > best_before) and score >= least_threshold and score < full_score
),

reaching as (
    select
        point.benchmark_id,
        point.variant,
        point.price_basis,
        point.blend,
        point.reasoning_models,
        threshold.threshold,
        threshold.threshold_model,
        threshold.threshold_fact_id,
        point.on_date,
        point.model_id,
        point.source_model,
        point.score,
        point.usd_per_mtok,
        point.score_fact_id,
        point.price_fact_ids,
        min(point.usd_per_mtok) over (
            partition by
                point.benchmark_id,
                point.variant,
                point.price_basis,
                point.blend,
                point.reasoning_models,
                threshold.threshold
            order by point.on_date, point.usd_per_mtok, point.point_no
            rows between unbounded preceding and 1 preceding
        ) as least_before
    from threshold
    inner join point
        on
            threshold.benchmark_id = point.benchmark_id
            and threshold.variant = point.variant
            and threshold.price_basis = point.price_basis
            and threshold.blend = point.blend
            and threshold.reasoning_models = point.reasoning_models
            and threshold.threshold <= point.score
            and point.score < point.full_score
)

select
    benchmark_id,
    variant,
    price_basis,
    blend,
    reasoning_models,
    threshold,
    threshold_model,
    on_date,
    model_id,
    source_model,
    score,
    usd_per_mtok,
    array_sort(array_distinct(list_concat([threshold_fact_id, score_fact_id], price_fact_ids))) as fact_ids
from reaching
where least_before is null or usd_per_mtok < least_before
