-- One row: one agent learnt from and scored SKU with deliveries, with returns and faults observed and expected.
-- Why: the relative risk of a match compares an agent's outcomes with those that the SKU's own rates predict.
select
    o.agent_id,
    o.sku_id,
    o.returned_units,
    cast(o.delivered_units as double) * s.return_rate as expected_returns,
    o.fault_lines,
    cast(o.delivered_units as double) * s.regret_rate as expected_faults
from night.int_taught_outcomes as o
inner join night.sku_scores as s on o.sku_id = s.sku_id
inner join night.stg_products as p on o.sku_id = p.sku_id
order by o.agent_id, o.sku_id
