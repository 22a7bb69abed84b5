-- One row: an agent and a SKU that she has sold, with what came back and what would have come back from anyone.
-- Why: only what exceeds the SKU's own rates can be laid to her groups' taste.
select
    o.agent_id,
    o.sku_id,
    o.returned_units,
    o.fault_lines,
    o.delivered_units * s.return_rate as expected_returns,
    o.delivered_units * s.regret_rate as expected_faults
from night.int_agent_sku_outcomes as o
inner join night.sku_scores as s on o.sku_id = s.sku_id
inner join night.int_agent_personas as a on o.agent_id = a.agent_id
where o.delivered_units > 0
order by o.agent_id, o.sku_id
