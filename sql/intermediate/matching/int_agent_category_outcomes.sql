-- One row: one agent and category with the units that her customers got and kept in the history window.
-- Why: this is the evidence that a match quotes to her.
select
    o.agent_id,
    p.category,
    cast(sum(o.delivered_units) as bigint) as delivered_units,
    cast(sum(o.returned_units) as bigint) as returned_units
from night.int_agent_sku_outcomes as o
inner join night.stg_products as p on o.sku_id = p.sku_id
group by o.agent_id, p.category
having sum(o.delivered_units) > 0
