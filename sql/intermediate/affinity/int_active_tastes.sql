-- One row: an active agent with how much her groups visit and buy, and where she stands among tastes.
-- Why: in the order of the active personas, so that rows of both belong together.
select
    t.agent_id,
    t.visits,
    t.usual_load,
    t.latent
from night.choice_agents as t
inner join night.int_agent_personas as a on t.agent_id = a.agent_id
where a.is_active
order by t.agent_id
