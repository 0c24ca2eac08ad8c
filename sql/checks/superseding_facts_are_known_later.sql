-- table: facts.fact
-- A fact is not superseded by one that was known before it.
select
    older.fact_id,
    older.known_from,
    newer.fact_id as superseded_by,
    newer.known_from as superseded_known_from
from facts.fact as older
inner join facts.fact as newer on older.superseded_by = newer.fact_id
where newer.known_from < older.known_from
