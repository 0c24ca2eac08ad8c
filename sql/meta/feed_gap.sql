-- grain: one row a hole in what is held of a feed
-- Where the numbers of a feed's contents leave one out, its source published nothing that is held for longer than the
-- feed's limit: either it was silent, or what it published in that time was not fetched.
with content as (
    select
        feed,
        content_no,
        version,
        first_at,
        lag(content_no) over (partition by feed order by content_no) as before_no,
        lag(last_at) over (partition by feed order by content_no) as before_at,
        lag(version) over (partition by feed order by content_no) as before_version
    from feeds.content
    where content_no is not null
)

select
    content.feed,
    content.before_at as last_at,
    content.first_at,
    cast(date_diff('second', content.before_at, content.first_at) as double) / 86400.0 as days,
    content.before_version as last_version,
    content.version as first_version,
    concat('nothing is held of more than ', cast(feed.hole_after_days as varchar), ' days') as reason
from content
inner join feeds.feed as feed on content.feed = feed.feed
where content.content_no > content.before_no + 1
