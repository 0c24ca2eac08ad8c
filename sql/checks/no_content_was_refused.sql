-- table: feeds.content
-- blocking: false
-- The newest content of each feed was taken: too much of one that is refused changed at once, and the content before it
-- serves until a person has looked, and named it in feed_acceptances.csv.
select
    feed,
    version,
    first_at,
    refused_because
from feeds.content
qualify row_number() over (partition by feed order by first_at desc) = 1 and refused_because is not null
