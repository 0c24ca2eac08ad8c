-- An instant as a naive timestamp in UTC, whatever it is given as: a timestamp is taken as UTC already, one with a time
-- zone is converted, whatever the session's zone.
create or replace macro utc(instant) as
case
    when typeof(instant) = 'TIMESTAMP WITH TIME ZONE' then make_timestamp(epoch_us(try_cast(instant as timestamptz)))
    else try_cast(instant as timestamp)
end;
