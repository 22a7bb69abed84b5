-- One row: one buyer of an order line of which a fold has taken back or added a state.
-- Why: who else bought what decides what a line tells, so all lines of these buyers are judged anew.
select customer_id
from temp.int_timeline_effects
group by customer_id
