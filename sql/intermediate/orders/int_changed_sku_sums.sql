-- One row: one SKU's units of one delivery day that has changed and, if any, returned after one delay.
-- Why: the days of int_changed_sku_days are summed as int_sku_daily sums all; the others stay as they are.
select
    d.sku_id,
    d.delivered_on,
    d.delay_days,
    cast(sum(d.delivered_lines) as bigint) as delivered_lines,
    cast(sum(d.delivered_units) as bigint) as delivered_units,
    cast(sum(d.returned_lines) as bigint) as returned_lines,
    cast(sum(d.returned_units) as bigint) as returned_units,
    cast(sum(d.fault_lines) as bigint) as fault_lines
from history.daily_sku_outcomes as d
inner join night.int_changed_sku_days as c on d.sku_id = c.sku_id and d.delivered_on = c.delivered_on
where d.known_on <= $as_of_date
group by d.sku_id, d.delivered_on, d.delay_days
having
    sum(d.delivered_lines) <> 0
    or sum(d.delivered_units) <> 0
    or sum(d.returned_lines) <> 0
    or sum(d.returned_units) <> 0
    or sum(d.fault_lines) <> 0
