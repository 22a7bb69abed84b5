-- One row: one order line that is complained of by tonight, and the day of the first complaint.
-- Why: a line is regretted from its first sign on.
with list_complaints as (
    select
        order_line_id,
        complained_on
    from night.int_complaints
    where complained_on <= $as_of_date
)

select
    order_line_id,
    min(complained_on) as complained_on
from list_complaints
group by order_line_id
