-- One row: what came of what the customers of an agent who is learnt from ordered of one SKU on one day.
-- Why: such agents are few among all, whose days are so read once for all that is learnt from.
select
    agent_id,
    sku_id,
    ordered_on,
    ordered_units,
    delivered_units,
    returned_units,
    fault_lines
from night.int_agent_daily
where agent_id in (select t.agent_id from night.int_teachers as t)
