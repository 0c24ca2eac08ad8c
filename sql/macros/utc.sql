-- An instant as a naive timestamp in UTC, whatever it is given as: a timestamp, a day or a text without a time zone is
-- taken as UTC already, what has a zone or an offset is converted, whatever the session's zone. Any other text is an
-- error.
create or replace macro utc(instant) as
case
    when
        typeof(instant) = 'TIMESTAMP WITH TIME ZONE'
        or regexp_matches(cast(instant as varchar), '\d:\d\d(:\d\d(\.\d+)?)? ?(Z|[+-]\d\d(:?\d\d)?)$')
        then make_timestamp(epoch_us(cast(instant as timestamptz)))
    else cast(instant as timestamp)
end;
