-- table: feeds.price_statement
-- blocking: false
-- Every correction of a feed that is held still meets the wrong rate: one that meets none is to be removed, or its feed
-- states something else by now.
select
    correction.correction_id,
    correction.feed,
    correction.source_sku,
    correction.expected_amount
from ref.feed_correction as correction
inner join (select distinct feed from feeds.content) as held on correction.feed = held.feed
left join feeds.price_statement as statement on correction.correction_id = statement.correction_id
where statement.correction_id is null
