-- One row: a day on which an agent of this night sold a SKU, counted from $first_on.
-- Why: that her groups come back for a SKU shows in the days, not in the units of one large order.
select
    o.agent_id,
    o.sku_id,
    date_diff('day', cast($first_on as date), o.ordered_on) as day
from night.int_agent_daily as o
inner join night.int_agent_personas as a on o.agent_id = a.agent_id
inner join night.int_agent_skus as g on o.sku_id = g.sku_id
where o.ordered_units > 0
order by o.agent_id, o.sku_id, o.ordered_on
