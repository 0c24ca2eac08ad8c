-- table: feeds.snapshot
-- blocking: false
-- Every snapshot that is held can be read.
select
    feed,
    version,
    problem
from feeds.snapshot
where problem is not null
