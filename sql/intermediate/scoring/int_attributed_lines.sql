-- One row: one line of night.int_fault_lines in figures of few bytes, -1 where there is none: its age and what came of it.
-- Why: in the order of all that the fit adds up, so that its sums have the same last digits in each run.
select
    l.sku_number,
    l.agent_number,
    coalesce(l.carrier_number, -1) as carrier_number,
    coalesce(l.customer_number, -1) as customer_number,
    cast(date_diff('day', l.delivered_on, $as_of_date) as integer) as age_days,
    coalesce(l.regret_days, -1) as regret_days,
    l.is_damaged,
    cast(l.weight * 1000 as integer) as thousandths
from night.int_fault_lines as l
order by
    l.customer_number nulls last,
    l.sku_number,
    l.delivered_on,
    l.agent_number,
    l.carrier_number nulls last,
    l.regret_days is null
