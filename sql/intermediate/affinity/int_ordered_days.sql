-- One row: a day on which an agent whose orders are learnt from sold a SKU.
-- Why: that her groups come back for a SKU shows in the days, not in the units of one large order.
select
    agent_id,
    sku_id,
    ordered_on
from temp.int_choice_days
where is_teacher and ordered_units > 0
order by agent_id, sku_id, ordered_on
