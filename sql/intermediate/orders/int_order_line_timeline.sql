-- One row: one state of a changed order line, true for as-of dates from valid_from to the day before valid_to.
-- Why: a line is delivered by delivered_at, else by the first version that says so; equal neighbours are one state.
with describe_days as (
    select
        d.order_line_id,
        d.changed_on,
        struct_pack(
            order_id := v.order_id,
            sku_id := v.sku_id,
            agent_id := v.agent_id,
            group_id := v.group_id,
            customer_id := v.customer_id,
            carrier_id := v.carrier_id,
            ordered_at := v.ordered_at,
            delivered_at := case
                when v.status = 'cancelled' then null
                when v.delivered_on <= d.changed_on then v.delivered_at
                when v.delivered_on is null and v.status = 'delivered' then d.first_delivered_stamp
            end,
            status := v.status,
            quantity := v.quantity,
            unit_price := v.unit_price,
            returned_units := least(coalesce(r.returned_units, 0), v.quantity),
            return_requested_on := r.return_requested_on,
            fault_requested_on := r.fault_requested_on,
            return_reason := r.return_reason
        ) as line
    from night.int_order_line_days as d
    inner join night.int_order_line_versions as v
        on d.order_line_id = v.order_line_id and d.version_rank = v.version_rank
    left join night.int_return_days as r
        on d.order_line_id = r.order_line_id and d.changed_on = r.changed_on
),

compare_neighbours as (
    select
        order_line_id,
        changed_on,
        line,
        lag(line) over (partition by order_line_id order by changed_on) as former_line
    from describe_days
),

keep_changes as (
    select
        order_line_id,
        changed_on,
        lead(changed_on) over (partition by order_line_id order by changed_on) as next_changed_on,
        line
    from compare_neighbours
    where line is distinct from former_line
)

select
    order_line_id,
    changed_on as valid_from,
    coalesce(next_changed_on, cast('9999-12-31' as date)) as valid_to,
    line.order_id,
    line.sku_id,
    line.agent_id,
    line.group_id,
    line.customer_id,
    line.carrier_id,
    line.ordered_at,
    cast(line.ordered_at as date) as ordered_on,
    line.delivered_at,
    cast(line.delivered_at as date) as delivered_on,
    line.status,
    line.quantity,
    line.unit_price,
    line.returned_units,
    line.return_requested_on,
    line.fault_requested_on,
    line.return_reason
from keep_changes
