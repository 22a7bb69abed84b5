-- One row: how often an agent sold so many units of a SKU in so many order lines on a day.
-- Why: counted here, the fractions can be summed in one order, so that a night gives the same bits again.
select
    ordered_units,
    ordered_lines,
    count(*) as days
from night.int_agent_daily
where ordered_lines > 0 and ordered_units > 0
group by ordered_units, ordered_lines
order by ordered_units, ordered_lines
