-- One row changes: an agent known from order lines alone, by what they say of her at the end of $as_of_date.
-- DuckDB only: it changes rows in place. She joined with her first order; without one since $quiet_on she has left.
update night.stg_agents as a
set
    joined_on = coalesce(d.first_on, a.joined_on),
    status = case when d.last_on > $quiet_on then 'active' else 'left' end,
    daily_slots = $agent_slots
from night.stg_agents as k
left join temp.described_agents as d on k.agent_id = d.agent_id
where a.agent_id = k.agent_id
