-- The entries of a map of tokens by class whose class begins so: 'output', 'cache_write'.
create or replace macro tokens_of(tokens, beginning) as
map_from_entries(list_filter(map_entries(tokens), lambda part: starts_with(part.key, beginning)));
