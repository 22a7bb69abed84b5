-- One row: one agent who has $fewest_lines or more lines of one SKU in one period of deliveries.
-- Why: only where one agent has several lines can buyers of one agent contradict those of others.
select
    sku_key,
    period,
    agent_key
from night.int_sale_lines
group by sku_key, period, agent_key
having count(*) >= $fewest_lines
