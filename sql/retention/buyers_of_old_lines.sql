-- One row: one buyer of an order line that is deleted, and the first day on which anything was known of it.
-- Why: what her other lines tell depends on all that she bought.
select
    t.customer_id,
    min(t.valid_from) as known_on
from history.order_line_timeline as t
inner join temp.old_order_lines as o on t.order_line_id = o.order_line_id
group by t.customer_id
