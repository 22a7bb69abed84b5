-- One row: what became known on one day of the orders that one agent's customers placed on one day for one SKU.
-- Why: a return counts only once its line is delivered: a refused parcel is neither a sale nor a return.
with add_up as (
    select
        known_on,
        agent_id,
        sku_id,
        ordered_on,
        cast(sum(weight) as bigint) as ordered_lines,
        cast(sum(weight * quantity) as bigint) as ordered_units,
        cast(coalesce(sum(weight * quantity) filter (where delivered_on is not null), 0) as bigint) as delivered_units,
        cast(
            coalesce(sum(weight * returned_units) filter (where delivered_on is not null), 0) as bigint
        ) as returned_units,
        cast(
            coalesce(
                sum(weight) filter (where delivered_on is not null and fault_requested_on is not null), 0
            ) as bigint
        ) as fault_lines
    from temp.int_timeline_effects
    group by known_on, agent_id, sku_id, ordered_on
)

select
    known_on,
    agent_id,
    sku_id,
    ordered_on,
    ordered_lines,
    ordered_units,
    delivered_units,
    returned_units,
    fault_lines
from add_up
where ordered_lines <> 0 or ordered_units <> 0 or delivered_units <> 0 or returned_units <> 0 or fault_lines <> 0
