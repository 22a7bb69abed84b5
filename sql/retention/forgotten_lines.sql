-- One row: an order line of a customer, by her id as it is stored.
-- Why: a line that she ever ordered identifies her, whatever its newest version says.
select distinct order_line_id
from source.orders
where customer_id = $customer_id
