-- One row: an agent among $asked that some version of the agent rows names.
-- Why: an answer of an agent who was never delivered is a typing error.
select distinct agent_id
from source.agents
where array_contains($asked, agent_id)
order by agent_id
