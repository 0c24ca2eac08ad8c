-- table: facts.capability_claim
-- Strict orders at one task do not run in a circle of two or three.
with edge as (
    select
        fact_id,
        dimension,
        task,
        lesser_id,
        greater_id
    from facts.capability_claim
    where relation = 'less_than' and status = 'active' and modality = 'observed'
)

select
    a.fact_id,
    b.fact_id as next_fact_id,
    c.fact_id as last_fact_id
from edge as a
inner join edge as b on a.greater_id = b.lesser_id and a.dimension = b.dimension and a.task = b.task
left join
    edge as c
    on b.greater_id = c.lesser_id and a.lesser_id = c.greater_id and b.dimension = c.dimension and b.task = c.task
where b.greater_id = a.lesser_id or c.fact_id is not null
