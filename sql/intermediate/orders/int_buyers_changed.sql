-- One row: one buyer of a delivered order line of which a fold has taken back or added a state, and the first day of one.
-- Why: who else bought what decides what a line tells, so all lines of these buyers are judged anew.
select
    customer_id,
    min(known_on) as known_on
from temp.int_timeline_effects
where delivered_on is not null
group by customer_id
