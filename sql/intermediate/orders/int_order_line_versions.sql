-- One row: one version of a changed order line; version_rank counts from the oldest stamp, ties by row hash.
-- Why: the state on a day is the highest number known by then; where lines never tell of delivery, its time is assumed.
with assume_delivery as (
    select
        o.*,
        case
            when o.delivered_at is null and o.status in ('paid', 'shipped')
                then cast(o.ordered_at + $delivery_days * interval 1 day as timestamp)
            else o.delivered_at
        end as arrived_at
    from source.orders as o
    inner join temp.int_changed_order_lines as c on o.order_line_id = c.order_line_id
    where o.order_line_id >= $first_line and o.order_line_id <= $last_line
)

select
    order_line_id,
    cast(row_number() over (partition by order_line_id order by updated_at, row_hash) as integer) as version_rank,
    known_on,
    updated_at,
    order_id,
    sku_id,
    agent_id,
    group_id,
    customer_id,
    carrier_id,
    ordered_at,
    arrived_at as delivered_at,
    cast(arrived_at as date) as delivered_on,
    status,
    cast(quantity as bigint) as quantity,
    unit_price,
    -- No line is worth more than the widest amount; a number in the wrong column may say so.
    cast(
        least(
            coalesce(paid_amount, cast(unit_price as decimal(28, 2)) * quantity), cast(9999999999.99 as decimal(12, 2))
        ) as decimal(18, 2)
    ) as paid_amount
from assume_delivery
