-- One row: one number of days from delivery, with the returns and the complaints that came after so many.
-- Why: says when the returns of a delivery are due; a lag without any has no row.
select
    delay_days,
    cast(coalesce(sum(lines) filter (where metric = 'return'), 0) as bigint) as returned,
    cast(coalesce(sum(lines) filter (where metric = 'complaint'), 0) as bigint) as complained
from night.int_sku_outcomes
where metric in ('return', 'complaint') and delay_days >= 0 and delay_days <= $horizon_days
group by delay_days
order by delay_days
