-- grain: one row a score of a model, by one source
-- What people wrote down and what feeds state, with what `facts.fact` settles for all facts. A feed's name means the
-- model that its namespace's alias of that day means; where it has no such alias of any day, the model that all
-- providers mean by it at all times, which is a guess from the name and is said to be one. A name that means nothing
-- known keeps its score, and has no model.
with same_name as (
    select
        alias,
        min(model_id) as model_id
    from ref.model_alias
    where namespace like '%-api'
    group by alias
    having count(distinct model_id) = 1 and count(valid_from) = 0 and count(valid_to) = 0
),

own_name as (
    select distinct
        namespace,
        alias
    from ref.model_alias
),

stated as (
    select
        fact_id,
        model_id,
        case when model_id is not null then 'curated' end as model_match,
        source_model,
        benchmark_id,
        variant,
        harness,
        effort,
        score,
        score_low,
        score_high,
        interval_level,
        votes,
        tasks,
        cost_to_run_usd,
        input_tokens,
        output_tokens
    from seeds.capability_scores
    union all
    select
        statement.fact_id,
        coalesce(model.model_id, same_name.model_id) as model_id,
        case
            when model.model_id is not null then 'alias'
            when same_name.model_id is not null then 'same_name'
        end as model_match,
        statement.source_model,
        statement.benchmark_id,
        statement.variant,
        statement.harness,
        statement.effort,
        statement.score,
        statement.score_low,
        statement.score_high,
        statement.interval_level,
        statement.votes,
        statement.tasks,
        statement.cost_to_run_usd,
        statement.input_tokens,
        statement.output_tokens
    from feeds.score_statement as statement
    left join ref.model_alias as model
        on
            statement.namespace = model.namespace
            and statement.source_model = model.alias
            and (model.valid_from is null or model.valid_from <= coalesce(statement.valid_from, statement.known_from))
            and (model.valid_to is null or model.valid_to > coalesce(statement.valid_from, statement.known_from))
    left join own_name
        on statement.namespace = own_name.namespace and statement.source_model = own_name.alias
    left join same_name on statement.api_name = same_name.alias and own_name.alias is null
)

select
    stated.*,
    fact.* exclude (
        fact_table, fact_id, amount_low, amount, amount_high, low_inclusive, high_inclusive, unit, currency
    )
from stated
inner join facts.fact as fact on stated.fact_id = fact.fact_id
