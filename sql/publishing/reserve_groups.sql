-- One row: one customer group of an active agent, with its size.
-- Why: a message to a group is made while a night holds the warehouse, and the published tables name no groups.
select
    g.group_id,
    g.agent_id,
    g.member_count
from night.stg_groups as g
inner join night.stg_agents as a on g.agent_id = a.agent_id
where a.status = 'active'
order by g.agent_id, g.group_id
