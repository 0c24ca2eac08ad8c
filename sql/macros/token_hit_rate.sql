-- Share of the input tokens that was read from a cache: read / (read + written + fresh), weighted by tokens, from a map
-- of tokens by class. A rate by requests is another number.
create or replace macro token_hit_rate(tokens) as
cast(coalesce(map_extract_value(tokens, 'cache_read'), 0) as double) / nullif(input_token_count(tokens), 0);
