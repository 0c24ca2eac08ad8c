-- Reads of a prefix at which a cache that is built once and rented for hours costs as much as none: (p + s T) / (p - p
-- r), with the uncached rate p and the rent s per million tokens and hour. It pays for more reads than this.
create or replace macro storage_break_even_reads(input_rate, read_multiple, storage_per_mtok_hour, hours) as
(cast(input_rate as double) + cast(storage_per_mtok_hour as double) * cast(hours as double))
/ nullif(cast(input_rate as double) * (1 - cast(read_multiple as double)), 0);
