-- What tokens cost at rates per million, both maps by token class, in the rates' currency. NULL where a class that has
-- tokens has no rate: what is not priced is not free.
create or replace macro tokens_cost(tokens, rates) as
case
    when unpriced_classes(tokens, rates) = []
        then coalesce(
            list_sum(
                list_transform(
                    map_entries(tokens),
                    lambda part: cast(part.value as double)
                    * coalesce(cast(map_extract_value(rates, part.key) as double), 0) / 1e6
                )
            ),
            0
        )
end;
