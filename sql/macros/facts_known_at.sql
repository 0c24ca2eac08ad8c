-- What was known at an instant, in UTC: the facts that their sources stated by then and had not withdrawn. A fact that
-- was superseded later is still active here.
create or replace macro facts_known_at(known_at) as table
select
    fact.* exclude (status, superseded_by),
    newer.fact_id as superseded_by,
    case when fact.status = 'superseded' and newer.fact_id is null then 'active' else fact.status end as status
from facts.fact as fact
left join facts.fact as newer on fact.superseded_by = newer.fact_id and newer.known_from <= utc(known_at)
where fact.known_from <= utc(known_at) and (fact.known_to is null or fact.known_to > utc(known_at));
