-- One row: an order line of which no version came since $before.
-- Why: lines go whole, with what hangs on them: a line without its older versions would tell another story.
select order_line_id
from source.orders
group by order_line_id
having max(known_on) < $before
