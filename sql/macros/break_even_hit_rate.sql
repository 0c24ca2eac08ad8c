-- Share of the input that must be read from the cache for it to cost as much as not caching, when every miss is
-- written.
create or replace macro break_even_hit_rate(read_multiple, write_multiple) as
(cast(write_multiple as double) - 1) / nullif(cast(write_multiple as double) - cast(read_multiple as double), 0);
