-- One row: one agent and category with the units that her customers got and kept in the history window.
-- Why: this is the evidence that a match quotes to her, whichever SKUs of the category they were.
select
    d.agent_id,
    p.category,
    cast(sum(d.delivered_units) as bigint) as delivered_units,
    cast(sum(d.returned_units) as bigint) as returned_units
from night.int_agent_daily as d
inner join night.stg_products as p on d.sku_id = p.sku_id
group by d.agent_id, p.category
having sum(d.delivered_units) > 0
