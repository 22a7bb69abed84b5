-- One row: one version of a changed order line; version_rank counts from the oldest stamp, ties by row hash.
-- Why: the state on a day is the highest number known by then; where lines never tell of delivery, its time is assumed.
with count_versions as (
    select
        o.order_line_id,
        count(*) as versions
    from source.orders as o
    inner join temp.int_changed_order_lines as c on o.order_line_id = c.order_line_id
    where o.order_line_id >= $first_line and o.order_line_id <= $last_line
    group by o.order_line_id
),

name_returned as (
    select distinct order_line_id
    from temp.int_return_versions
),

tell_lines as (
    select
        c.order_line_id,
        c.versions,
        c.versions = 1 and r.order_line_id is null as is_plain
    from count_versions as c
    left join name_returned as r on c.order_line_id = r.order_line_id
),

rank_versions as (
    -- Most lines of a large drop have come once: nothing of theirs is sorted.
    select
        o.*,
        cast(1 as integer) as version_rank,
        c.is_plain
    from source.orders as o
    inner join tell_lines as c on o.order_line_id = c.order_line_id
    where c.versions = 1 and o.order_line_id >= $first_line and o.order_line_id <= $last_line
    union all
    select
        o.*,
        cast(
            row_number() over (partition by o.order_line_id order by o.updated_at, o.row_hash) as integer
        ) as version_rank,
        c.is_plain
    from source.orders as o
    inner join tell_lines as c on o.order_line_id = c.order_line_id
    where c.versions > 1 and o.order_line_id >= $first_line and o.order_line_id <= $last_line
),

assume_delivery as (
    select
        r.*,
        case
            when r.delivered_at is null and r.status in ('paid', 'shipped')
                then cast(r.ordered_at + $delivery_days * interval 1 day as timestamp)
            else r.delivered_at
        end as arrived_at
    from rank_versions as r
)

select
    a.order_line_id,
    a.version_rank,
    a.known_on,
    a.updated_at,
    a.order_id,
    a.sku_id,
    a.agent_id,
    a.group_id,
    a.customer_id,
    a.carrier_id,
    a.ordered_at,
    a.arrived_at as delivered_at,
    cast(a.arrived_at as date) as delivered_on,
    a.status,
    cast(a.quantity as bigint) as quantity,
    a.unit_price,
    -- No line is worth more than the widest amount; a number in the wrong column may say so.
    cast(
        least(
            coalesce(a.paid_amount, cast(a.unit_price as decimal(28, 2)) * a.quantity),
            cast(9999999999.99 as decimal(12, 2))
        ) as decimal(18, 2)
    ) as paid_amount,
    -- Under 0.10 a unit nothing was sold: a gift, a sample, an order for one fen.
    cast(0.10 as decimal(18, 2)) * cast(a.quantity as bigint) as least_amount,
    -- Nothing but this version ever says anything of the line, and nothing of it is of a later day.
    a.is_plain and coalesce(cast(a.arrived_at as date) <= a.known_on, true) as is_only_state
from assume_delivery as a
