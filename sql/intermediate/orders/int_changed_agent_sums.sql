-- One row: what one agent's customers ordered of one SKU on one day that has changed, as known on $as_of_date.
-- Why: the days of int_changed_agent_days are summed as int_agent_daily sums all; the others stay as they are.
select
    d.agent_id,
    d.sku_id,
    d.ordered_on,
    cast(sum(d.ordered_lines) as bigint) as ordered_lines,
    cast(sum(d.ordered_units) as bigint) as ordered_units,
    cast(sum(d.delivered_units) as bigint) as delivered_units,
    cast(sum(d.returned_units) as bigint) as returned_units,
    cast(sum(d.fault_lines) as bigint) as fault_lines
from history.daily_agent_outcomes as d
inner join night.int_changed_agent_days as c
    on d.agent_id = c.agent_id and d.sku_id = c.sku_id and d.ordered_on = c.ordered_on
where d.known_on <= $as_of_date and d.ordered_on > $history_before
group by d.agent_id, d.sku_id, d.ordered_on
having
    sum(d.ordered_lines) <> 0
    or sum(d.ordered_units) <> 0
    or sum(d.delivered_units) <> 0
    or sum(d.returned_units) <> 0
    or sum(d.fault_lines) <> 0
