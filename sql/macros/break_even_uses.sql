-- Uses of one prefix (one write, then reads) at which caching costs as much as not caching; it pays for more uses than
-- this. NULL where a read costs as much as no caching or more: it never pays.
create or replace macro break_even_uses(read_multiple, write_multiple) as
(cast(write_multiple as double) - cast(read_multiple as double))
/ nullif(greatest(1 - cast(read_multiple as double), 0), 0);
