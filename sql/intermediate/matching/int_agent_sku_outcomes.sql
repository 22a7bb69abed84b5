-- One row: one agent and SKU of the list with the units that her customers ordered, got and returned in the window.
-- Why: matches quote these units as reasons; of SKUs that are not listed nothing is quoted.
select
    d.agent_id,
    d.sku_id,
    cast(sum(d.ordered_units) as bigint) as ordered_units,
    cast(sum(d.delivered_units) as bigint) as delivered_units,
    cast(sum(d.returned_units) as bigint) as returned_units
from night.int_agent_daily as d
where d.sku_id in (select l.sku_id from night.sku_list as l)
group by d.agent_id, d.sku_id
