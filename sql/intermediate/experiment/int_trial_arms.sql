-- One row: one unit of the trial on one earlier list date whose outcomes are in, and its arm.
-- Why: where the arm was certain, the trial had been stopped, and nothing is compared.
select
    list_date,
    unit_id,
    arm,
    block,
    is_withdrawn
from history.assigned
where experiment = $experiment and list_date <= $counted_until and arm_propensity < 1
order by list_date, unit_id
