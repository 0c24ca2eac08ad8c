-- table: feeds.price_statement
-- blocking: false
-- Every correction of a feed that is held meets the wrong rate. One that meets none is to be removed, or the releases
-- that erred are not held: backfill tells.
select
    correction.correction_id,
    correction.feed,
    correction.source_sku,
    correction.expected_amount
from ref.feed_correction as correction
inner join (select distinct feed from feeds.content) as held on correction.feed = held.feed
left join feeds.price_statement as statement on correction.correction_id = statement.correction_id
where statement.correction_id is null
