-- One row: one agent learnt from and scored SKU with deliveries, with returns and faults observed and expected.
-- Why: the relative risk of a match compares an agent's outcomes with those that the SKU's own rates predict.
with sum_outcomes as (
    select
        agent_id,
        sku_id,
        sum(delivered_units) as delivered_units,
        sum(returned_units) as returned_units,
        sum(fault_lines) as fault_lines
    from night.int_agent_daily
    where agent_id in (select t.agent_id from night.int_teachers as t)
    group by agent_id, sku_id
    having sum(delivered_units) > 0
)

select
    o.agent_id,
    o.sku_id,
    cast(o.returned_units as bigint) as returned_units,
    cast(o.delivered_units as double) * s.return_rate as expected_returns,
    cast(o.fault_lines as bigint) as fault_lines,
    cast(o.delivered_units as double) * s.regret_rate as expected_faults
from sum_outcomes as o
inner join night.sku_scores as s on o.sku_id = s.sku_id
inner join night.stg_products as p on o.sku_id = p.sku_id
order by o.agent_id, o.sku_id
