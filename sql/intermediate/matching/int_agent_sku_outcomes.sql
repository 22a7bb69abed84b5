-- One row: one agent and SKU with the units that her customers ordered, received and returned in the history window.
-- Why: matches quote these units as reasons, by SKU and summed by category.
select
    agent_id,
    sku_id,
    cast(sum(ordered_units) as bigint) as ordered_units,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_units) as bigint) as returned_units
from night.int_agent_daily
group by agent_id, sku_id
