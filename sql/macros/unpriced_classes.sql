-- The classes that have tokens and no rate, of two maps by token class.
create or replace macro unpriced_classes(tokens, rates) as
map_keys(
    map_from_entries(
        list_filter(
            map_entries(tokens), lambda part: part.value > 0 and map_extract_value(rates, part.key) is null
        )
    )
);
