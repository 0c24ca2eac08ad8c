-- grain: one row a name of the feeds that means nothing known yet
-- SKUs behind which no model is known, providers that keep a source's own spelling, hours that no window stands for
-- (whose rates are left out), and models of boards that no alias names. Ranked by how many lineages use the name, then
-- by how many rates or scores hang on it.
with source_lineage as (
    select
        source.source_id,
        coalesce(copy.copies_source_id, source.source_id) as lineage
    from ref.source as source
    left join ref.source_copy as copy on source.source_id = copy.source_id
),

named as (
    select
        'model' as name_kind,
        statement.provider_id,
        statement.sku as name,
        statement.source_id,
        statement.fact_id,
        statement.known_from,
        statement.last_confirmed_at
    from feeds.price_statement as statement
    inner join facts.api_price as price on statement.fact_id = price.fact_id
    where price.model_id is null
    union all
    select
        'provider' as name_kind,
        statement.provider_id,
        statement.source_provider as name,
        statement.source_id,
        statement.fact_id,
        statement.known_from,
        statement.last_confirmed_at
    from feeds.price_statement as statement
    inner join feeds.feed as feed on statement.source_id = feed.feed
    left join ref.provider_name as provider
        on feed.namespace = provider.namespace and statement.source_provider = provider.source_provider
    left join ref.organization as organization on statement.provider_id = organization.organization_id
    where provider.provider_id is null and organization.organization_id is null
    union all
    select
        'window' as name_kind,
        run.source_provider as provider_id,
        run.source_window as name,
        run.feed as source_id,
        cast(null as varchar) as fact_id,
        content.first_at as known_from,
        content.last_at as last_confirmed_at
    from feeds.price_run as run
    inner join feeds.feed as feed on run.feed = feed.feed
    inner join feeds.content as content on run.feed = content.feed and run.first_no = content.content_no
    left join ref.price_window_name as time_window
        on
            feed.namespace = time_window.namespace
            and run.source_provider = time_window.source_provider
            and run.source_window = time_window.source_window
    where run.source_window is not null and time_window.source_window is null
    union all
    select
        'scored_model' as name_kind,
        statement.namespace as provider_id,
        statement.source_model as name,
        statement.source_id,
        statement.fact_id,
        statement.known_from,
        statement.last_confirmed_at
    from feeds.score_statement as statement
    inner join facts.capability_score as score on statement.fact_id = score.fact_id
    where score.model_id is null
)

select
    named.name_kind,
    named.provider_id,
    named.name,
    row_number() over (
        order by
            count(distinct source_lineage.lineage) desc,
            count(*) desc,
            named.name_kind asc,
            named.provider_id asc,
            named.name asc
    ) as place,
    count(distinct source_lineage.lineage) as lineages,
    count(*) as rates,
    array_sort(array_agg(distinct named.source_id)) as sources,
    min(named.known_from) as first_seen_at,
    max(named.last_confirmed_at) as last_seen_at,
    list_filter([min(named.fact_id)], lambda x: x is not null) as fact_ids
from named
inner join source_lineage on named.source_id = source_lineage.source_id
group by named.name_kind, named.provider_id, named.name
