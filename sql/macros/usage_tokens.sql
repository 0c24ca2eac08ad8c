-- The tokens that an API's usage object (JSON) bills, as a map by token class, by the fields in ref.usage_field: APIs
-- differ in whether what they call input includes what was cached. An unknown API, or a usage that gives a negative
-- count and so is another API's, is an error.
create or replace macro usage_tokens(api, usage) as (
    select
        case
            when count(*) = 0 then error(concat('no such API in ref.usage_field: ', api))
            when min(its_tokens) < 0 then error(concat('this usage is not one of ', api, ': it gives negative tokens'))
            else map_from_entries(list((its_class, its_tokens) order by its_class))
        end
    from (
        select
            field.token_class as its_class,
            cast(
                sum(
                    field.sign
                    * coalesce(cast(json_extract_string(cast(usage as json), field.usage_field) as bigint), 0)
                ) as bigint
            ) as its_tokens
        from (
            select
                known.api as its_api,
                known.token_class,
                known.sign,
                known.usage_field
            from ref.usage_field as known
        ) as field
        where field.its_api = api
        group by field.token_class
    ) as counted
);
