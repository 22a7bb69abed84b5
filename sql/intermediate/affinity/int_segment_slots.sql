-- One row: one segment of agents with how many are active and how many SKUs they take a day together.
-- Why: the list must hold enough for every segment, in proportion to what it can place.
select
    s.segment_id,
    cast(count(*) as bigint) as agents,
    cast(sum(a.daily_slots) as bigint) as slots
from night.agent_segments as s
inner join night.stg_agents as a on s.agent_id = a.agent_id
where a.status = 'active'
group by s.segment_id
