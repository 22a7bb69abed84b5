-- One row: one SKU with the number of agents whose customers were delivered any of it in the days of int_agent_daily.
-- Why: agents and SKUs meet nearly as often as there are lines: counted once, then night by night by what has changed.
select
    sku_id,
    count(distinct agent_id) as agents
from night.int_agent_daily
where delivered_units > 0
group by sku_id
