-- One row: one buyer of an order line that is deleted.
-- Why: what her other lines tell depends on all that she bought.
select t.customer_id
from history.order_line_timeline as t
inner join temp.old_order_lines as o on t.order_line_id = o.order_line_id
group by t.customer_id
