-- All input tokens of a map by class: fresh, read and written, everything but the output.
create or replace macro input_token_count(tokens) as
list_sum(
    list_transform(
        map_entries(tokens),
        lambda part: case when starts_with(part.key, 'output') then 0.0 else cast(part.value as double) end
    )
);
