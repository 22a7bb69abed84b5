-- One row: an attribute that draws an active agent's groups more, or less, than others'.
-- Why: attributes without an effect of her own are not stored, so the rows are few.
select
    e.agent_id,
    e.attribute_id,
    e.effect
from night.choice_effects as e
inner join night.int_agent_personas as a on e.agent_id = a.agent_id
where a.is_active
order by e.agent_id, e.attribute_id
