-- One row: one active agent with her size class in the earlier run.
-- Why: her groups are not counted again during the day; who has come since has no class yet.
select
    a.agent_id,
    s.size_class
from night.stg_agents as a
left join history.base_summary as s on a.agent_id = s.agent_id
where a.status = 'active'
