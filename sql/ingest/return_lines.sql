-- One row: one order line that an offered return may mean, with its units and what was paid for it by its newest row.
-- Why: a return may name a line, a bundle's line or only an order.
with ask_lines as (
    select distinct order_line_id
    from temp.offered
    where coalesce(quantity, 0) = 0
),

ask_orders as (
    select distinct order_id
    from temp.offered
    where order_line_id is null
),

-- None in most shops, and no line's id is taken apart then.
list_bundles as (
    select count(*) as bundles
    from source.products
    where array_length(bundle_parts) > 0
    having count(*) > 0
),

ask_bundles as (
    select distinct order_line_id
    from temp.offered
    cross join list_bundles
),

find_lines as (
    select
        o.*,
        split_part(o.order_line_id, '#', 1) as bundle_line_id
    from source.orders as o
    where
        o.order_line_id in (select a.order_line_id from ask_lines as a)
        or o.order_id in (select a.order_id from ask_orders as a)
        or split_part(o.order_line_id, '#', 1) in (select a.order_line_id from ask_bundles as a)
)

select
    order_line_id,
    order_id,
    bundle_line_id,
    -- Of a line of 0 units, which was cancelled, one is taken to have come back: it counts for nothing in the end.
    greatest(cast(quantity as bigint), 1) as units,
    coalesce(cast(paid_amount as double), cast(unit_price as double) * quantity) as paid
from find_lines
qualify row_number() over (partition by order_line_id order by updated_at desc, row_hash desc) = 1
