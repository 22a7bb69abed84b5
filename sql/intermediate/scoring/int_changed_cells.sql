-- One row: one agent of temp.int_touched_cells who has $fewest_lines or more lines of that SKU in that period.
-- Why: nearly as many agents, SKUs and periods meet as there are lines; those without a changed line stay as they were.
select
    l.sku_key,
    l.period,
    l.agent_key
from night.int_sale_lines as l
where
    exists (
        select 1 from temp.int_touched_cells as c
        where c.sku_key = l.sku_key and c.period = l.period and c.agent_key = l.agent_key
    )
group by l.sku_key, l.period, l.agent_key
having count(*) >= $fewest_lines
