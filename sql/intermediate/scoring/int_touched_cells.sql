-- One row: one SKU, period and agent with a line of a buyer of int_touched_keys.
-- Why: before and after her lines are judged anew, these are the cells whose lines are to be counted again.
select
    l.sku_key,
    l.period,
    l.agent_key
from night.int_sale_lines as l
inner join temp.int_touched_keys as k on l.customer_key = k.customer_key
group by l.sku_key, l.period, l.agent_key
