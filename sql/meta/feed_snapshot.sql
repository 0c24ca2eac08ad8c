-- grain: one row a snapshot of a feed
-- A snapshot belongs to the content of the same bytes that was published when it was.
select
    snapshot.feed,
    snapshot.version,
    snapshot.source_time,
    snapshot.fetched_at,
    snapshot.address,
    snapshot.sha256,
    snapshot.size,
    snapshot.problem,
    content.content_no,
    content.row_count,
    content.refused_because
from feeds.snapshot as snapshot
left join feeds.content as content
    on
        snapshot.feed = content.feed
        and snapshot.sha256 = content.sha256
        and snapshot.source_time between content.first_at and content.last_at
