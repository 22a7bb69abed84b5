-- One row: one state of a changed order line, true for as-of dates from valid_from to the day before valid_to.
-- Why: a line is delivered by delivered_at, else by the first version that says so, even if closed after its refund.
with judge_days as (
    select
        d.order_line_id,
        d.changed_on,
        d.version_rank,
        d.first_delivered_stamp,
        r.returned_units,
        r.refused_units,
        r.refund_amount,
        r.return_requested_on,
        r.fault_requested_on,
        r.return_reason,
        case
            when coalesce(r.refused_units, 0) >= v.quantity then 'cancelled'
            when v.status <> 'cancelled' then v.status
            when v.delivered_on > d.changed_on or not coalesce(r.is_refunded, false) then 'cancelled'
            when v.delivered_on is not null or d.first_delivered_stamp is not null then 'delivered'
            else 'cancelled'
        end as status
    from night.int_order_line_days as d
    inner join night.int_order_line_versions as v
        on d.order_line_id = v.order_line_id and d.version_rank = v.version_rank
    left join night.int_return_days as r
        on d.order_line_id = r.order_line_id and d.changed_on = r.changed_on
),

describe_days as (
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
                when d.status = 'cancelled' then null
                when v.delivered_on <= d.changed_on then v.delivered_at
                when v.delivered_on is null and d.status = 'delivered' then d.first_delivered_stamp
            end,
            status := d.status,
            quantity := greatest(v.quantity - coalesce(d.refused_units, 0), 0),
            unit_price := v.unit_price,
            returned_units := least(
                coalesce(d.returned_units, 0), greatest(v.quantity - coalesce(d.refused_units, 0), 0)
            ),
            return_requested_on := d.return_requested_on,
            fault_requested_on := d.fault_requested_on,
            return_reason := d.return_reason,
            -- Under 0.10 a unit nothing was sold: a gift, a sample, an order for one fen. What was paid back was paid.
            is_sale := d.status <> 'cancelled'
            and greatest(v.paid_amount, coalesce(d.refund_amount, 0)) >= cast(0.10 as decimal(18, 2)) * v.quantity
        ) as line
    from judge_days as d
    inner join night.int_order_line_versions as v
        on d.order_line_id = v.order_line_id and d.version_rank = v.version_rank
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
    line.return_reason,
    line.is_sale
from keep_changes
