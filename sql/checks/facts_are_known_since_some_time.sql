-- table: facts.fact
-- Every fact is known since some instant: its own, its source's publication, or its source's reading.
select
    fact_id,
    source_id
from facts.fact
where known_from is null
