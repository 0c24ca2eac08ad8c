-- Price of an input token as a multiple of the uncached price, when a share hit_rate of the input is read from the
-- cache and every miss is written to it. A share is from 0 to 1.
create or replace macro effective_input_multiple(hit_rate, read_multiple, write_multiple) as
case
    when hit_rate < 0 or hit_rate > 1 then error('hit_rate is a share: give 0 to 1')
    else
        cast(hit_rate as double) * cast(read_multiple as double)
        + (1 - cast(hit_rate as double)) * cast(write_multiple as double)
end;
