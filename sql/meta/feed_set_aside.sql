-- grain: one row a feed, a field and a reason
-- What the newest content of each feed states and no rate was made of, counted. Places in lists are one field. The
-- example is the first by its id.
select
    feed,
    regexp_replace(field_name, '\[[0-9]+\]', '[]', 'g') as field_pattern,
    reason,
    count(*) as value_count,
    min(source_sku) as example_sku,
    min_by(value, concat(source_sku, ' ', field_name, ' ', value)) as example_value
from feeds.set_aside_entry
group by feed, regexp_replace(field_name, '\[[0-9]+\]', '[]', 'g'), reason
