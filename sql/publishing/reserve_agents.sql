-- One row: one active agent with her hard rules and the places she asks to be filled.
-- Why: a match that steps in during the day must keep her rules without asking the warehouse.
select
    a.agent_id,
    a.status,
    a.price_min,
    a.price_max,
    a.min_satisfaction,
    a.max_landmine_probability,
    a.categories_excluded,
    cast(a.daily_slots as integer) as daily_slots
from night.stg_agents as a
where a.status = 'active'
order by a.agent_id
