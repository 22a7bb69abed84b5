-- One row: one category or department and a number of days since delivery, with the share of outcomes shown by then.
-- Why: drift detection counts in doubles; the stored curve is decimal, so that its sums are exact.
select
    category,
    day,
    cast(return_share as double) as return_share,
    cast(regret_share as double) as regret_share,
    cast(complaint_share as double) as complaint_share
from night.int_delay_curve
order by category, day
