-- One row: one SKU's units delivered on one day and, if any, returned after one delay, as known on $as_of_date.
-- Why: the maintained table is signed; what nets to nothing by $as_of_date never happened.
select
    sku_id,
    delivered_on,
    delay_days,
    cast(sum(delivered_lines) as bigint) as delivered_lines,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_lines) as bigint) as returned_lines,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(fault_lines) as bigint) as fault_lines
from history.daily_sku_outcomes
where known_on <= $as_of_date
group by sku_id, delivered_on, delay_days
having
    sum(delivered_lines) <> 0
    or sum(delivered_units) <> 0
    or sum(returned_lines) <> 0
    or sum(returned_units) <> 0
    or sum(fault_lines) <> 0
