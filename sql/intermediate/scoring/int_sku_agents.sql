-- One row: one SKU with the number of agents whose customers were delivered any of it.
-- Why: the longest count of step faults, and what it reads stands before: it runs beside the fit of faults.
select
    sku_id,
    count(distinct agent_id) as agents
from night.int_agent_daily
where delivered_units > 0
group by sku_id
