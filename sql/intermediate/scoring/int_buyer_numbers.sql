-- One row: one buyer of several delivered lines, or with a regret, and her number in the order of ids.
-- Why: numbers join faster than names; of all other buyers one line says everything, and they need no number.
with list_buyers as (
    select t.customer_id
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
    group by t.customer_id
    having count(*) > 1 or count(t.fault_requested_on) > 0 or count(c.order_line_id) > 0
)

select
    customer_id,
    cast(row_number() over (order by customer_id) - 1 as integer) as customer_number
from list_buyers
