-- One row: what one agent's customers ordered of one SKU on one recent day, as known on $as_of_date.
-- Why: matching looks back a limited time, so days up to $history_before stay out of the sum.
select
    agent_id,
    sku_id,
    ordered_on,
    cast(sum(ordered_lines) as bigint) as ordered_lines,
    cast(sum(ordered_units) as bigint) as ordered_units,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(fault_lines) as bigint) as fault_lines
from history.daily_agent_outcomes
where known_on <= $as_of_date and ordered_on > $history_before
group by agent_id, sku_id, ordered_on
having
    sum(ordered_lines) <> 0
    or sum(ordered_units) <> 0
    or sum(delivered_units) <> 0
    or sum(returned_units) <> 0
    or sum(fault_lines) <> 0
