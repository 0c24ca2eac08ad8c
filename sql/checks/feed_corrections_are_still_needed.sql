-- table: feeds.price_statement
-- blocking: false
-- Every correction of a feed that is held meets the wrong rate, or the wrong day. One that meets none is to be removed,
-- or the releases that erred are not held: backfill tells.
select
    correction.correction_id,
    correction.feed,
    correction.source_sku,
    correction.expected_amount,
    correction.expected_valid_to
from ref.feed_correction as correction
inner join (select distinct feed from feeds.content) as held on correction.feed = held.feed
left join (
    select correction_id from feeds.price_statement
    union
    select end_correction_id as correction_id from feeds.price_statement
) as met
    on correction.correction_id = met.correction_id
where met.correction_id is null
