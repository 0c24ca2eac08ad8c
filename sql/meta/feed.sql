-- grain: one row a feed
-- What the registry says of each feed, and what is held of it.
with newest as (
    select *
    from feeds.snapshot
    qualify row_number() over (partition by feed order by source_time desc, version desc) = 1
),

held as (
    select
        feed,
        count(*) as snapshot_count,
        sum(size) as bytes,
        min(source_time) as first_source_time,
        count(problem) as unreadable_count
    from feeds.snapshot
    group by feed
),

content as (
    select
        feed,
        count(content_no) as content_count,
        count(refused_because) as refused_count,
        max_by(row_count, content_no) as row_count,
        max_by(refused_because, case when refused_because is not null then first_at end) as last_refused_because
    from feeds.content
    group by feed
),

fixing as (
    select
        'ecb-rates' as feed,
        count(*) as row_count
    from feeds.ecb_rate
    where fixed_on = on_date
),

score as (
    select
        feed,
        count(*) as score_count
    from feeds.score_run
    where known_to is null
    group by feed
),

reason as (
    select
        feed,
        reason,
        count(*) as value_count
    from feeds.set_aside_entry
    group by feed, reason
),

aside as (
    select
        feed,
        sum(value_count) as set_aside_count,
        array_sort(array_agg(concat(reason, ': ', cast(value_count as varchar)))) as set_aside
    from reason
    group by feed
),

gap as (
    select
        feed,
        count(*) as gap_count
    from meta.feed_gap
    group by feed
)

select
    feed.feed,
    feed.source_id,
    source.title,
    feed.knows,
    feed.lacks,
    feed.states,
    feed.asked,
    feed.stale_after_days,
    feed.hole_after_days,
    coalesce(held.snapshot_count, 0) as snapshot_count,
    coalesce(content.content_count, 0) as content_count,
    cast(coalesce(held.bytes, 0) as bigint) as bytes,
    held.first_source_time,
    newest.source_time as newest_source_time,
    newest.version as newest_version,
    newest.fetched_at as newest_fetched_at,
    coalesce(content.row_count, fixing.row_count) as row_count,
    coalesce(score.score_count, 0) as score_count,
    cast(coalesce(aside.set_aside_count, 0) as bigint) as set_aside_count,
    coalesce(aside.set_aside, []) as set_aside,
    coalesce(held.unreadable_count, 0) as unreadable_count,
    coalesce(content.refused_count, 0) as refused_count,
    content.last_refused_because,
    coalesce(gap.gap_count, 0) as gap_count
from feeds.feed as feed
left join ref.source as source on feed.source_id = source.source_id
left join held on feed.feed = held.feed
left join newest on feed.feed = newest.feed
left join content on feed.feed = content.feed
left join fixing on feed.feed = fixing.feed
left join score on feed.feed = score.feed
left join aside on feed.feed = aside.feed
left join gap on feed.feed = gap.feed
