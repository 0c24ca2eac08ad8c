-- Price of an input token as a multiple of the uncached price, when a share hit_rate of the input is read from the
-- cache and every miss is written to it.
create or replace macro effective_input_multiple(hit_rate, read_multiple, write_multiple) as
cast(hit_rate as double) * cast(read_multiple as double)
+ (1 - cast(hit_rate as double)) * cast(write_multiple as double);
