-- table: marts.api_price
-- No rate of a SKU outlives its retirement. One that begins afterwards was documented to, and is another matter.
select
    retirement.provider_id,
    retirement.sku,
    retirement.valid_from as retired_on,
    price.token_class,
    price.valid_to,
    price.fact_id
from facts.retirement as retirement
inner join marts.api_price as price
    on
        retirement.provider_id = price.provider_id
        and retirement.sku = price.sku
        and price.known_to is null
        and (price.valid_from is null or retirement.valid_from > price.valid_from)
        and (price.valid_to is null or retirement.valid_from < price.valid_to)
where retirement.status = 'active'
