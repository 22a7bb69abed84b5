-- One row: an order line of which no version came since $before.
-- Why: a line is deleted with all its versions and returns: fewer versions would give other outcomes.
select order_line_id
from source.orders
group by order_line_id
having max(known_on) < $before
