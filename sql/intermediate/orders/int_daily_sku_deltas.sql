-- One row: what became known on one day of one SKU's units delivered on one day and, if any, returned after a delay.
-- Why: deliveries have no delay; a line's returns count at its first request, its fault at the first fault request.
with list_outcomes as (
    select
        known_on,
        sku_id,
        delivered_on,
        cast(null as integer) as delay_days,
        weight as delivered_lines,
        weight * quantity as delivered_units,
        0 as returned_lines,
        0 as returned_units,
        0 as fault_lines
    from temp.int_timeline_effects
    where delivered_on is not null
    union all
    select
        known_on,
        sku_id,
        delivered_on,
        cast(greatest(date_diff('day', delivered_on, return_requested_on), 0) as integer) as delay_days,
        0 as delivered_lines,
        0 as delivered_units,
        weight as returned_lines,
        weight * returned_units as returned_units,
        0 as fault_lines
    from temp.int_timeline_effects
    where delivered_on is not null and return_requested_on is not null
    union all
    select
        known_on,
        sku_id,
        delivered_on,
        cast(greatest(date_diff('day', delivered_on, fault_requested_on), 0) as integer) as delay_days,
        0 as delivered_lines,
        0 as delivered_units,
        0 as returned_lines,
        0 as returned_units,
        weight as fault_lines
    from temp.int_timeline_effects
    where delivered_on is not null and fault_requested_on is not null
)

select
    known_on,
    sku_id,
    delivered_on,
    delay_days,
    cast(sum(delivered_lines) as bigint) as delivered_lines,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_lines) as bigint) as returned_lines,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(fault_lines) as bigint) as fault_lines
from list_outcomes
group by known_on, sku_id, delivered_on, delay_days
having
    sum(delivered_lines) <> 0
    or sum(delivered_units) <> 0
    or sum(returned_lines) <> 0
    or sum(returned_units) <> 0
    or sum(fault_lines) <> 0
