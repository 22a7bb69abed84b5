-- One row: one order line that is complained of, with the day by which its delay is judged.
-- Why: the next night looks at the lines of those alone that are complained of since, or no longer.
select
    order_line_id,
    complained_on
from temp.int_line_complaints
