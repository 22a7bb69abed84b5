-- One row: one line of night.int_fault_lines in figures: its age, the share of regrets that show by it, and what came of it.
-- Why: in the order of all that the fit adds up, so that its sums have the same last digits in each run.
select
    l.sku_number,
    l.agent_number,
    l.carrier_number,
    l.customer_number,
    cast(date_diff('day', l.delivered_on, $as_of_date) as integer) as age_days,
    cast(d.regret_share as double) as shown_share,
    l.regret_days is not null as is_regretted,
    l.is_damaged,
    l.regret_days,
    l.weight
from night.int_fault_lines as l
inner join night.int_sku_numbers as n on l.sku_number = n.sku_number
inner join night.int_number_curve as d
    on
        n.category_number = d.category_number
        and d.day = cast(least(date_diff('day', l.delivered_on, $as_of_date), $horizon_days) as integer)
order by
    l.customer_number nulls last,
    l.sku_number,
    l.delivered_on,
    l.agent_number,
    l.carrier_number nulls last,
    l.regret_days nulls last,
    l.is_damaged,
    l.weight
