-- One row: an agent of this night and a SKU that her groups have ordered, with on how many days and how freshly.
-- Why: agents who pause count too: all orders together tell which goods are ordered again at all.
select
    o.agent_id,
    o.sku_id,
    o.ordered_days,
    o.fresh_days
from night.int_agent_sku_outcomes as o
inner join night.int_agent_personas as a on o.agent_id = a.agent_id
inner join night.choice_skus as t on o.sku_id = t.sku_id
where o.ordered_days > 0
order by o.agent_id, o.sku_id
