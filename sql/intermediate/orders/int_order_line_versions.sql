-- One row: one version of a changed order line; version_rank counts from the oldest stamp, ties by row hash.
-- Why: with versions numbered once, the state on any day is the highest number known by then.
select
    o.order_line_id,
    cast(
        row_number() over (partition by o.order_line_id order by o.updated_at, o.row_hash) as integer
    ) as version_rank,
    o.known_on,
    o.updated_at,
    o.order_id,
    o.sku_id,
    o.agent_id,
    o.group_id,
    o.customer_id,
    o.carrier_id,
    o.ordered_at,
    o.delivered_at,
    cast(o.delivered_at as date) as delivered_on,
    o.status,
    cast(o.quantity as bigint) as quantity,
    o.unit_price,
    cast(coalesce(o.paid_amount, o.unit_price * o.quantity) as decimal(18, 2)) as paid_amount
from source.orders as o
inner join temp.int_changed_order_lines as c on o.order_line_id = c.order_line_id
