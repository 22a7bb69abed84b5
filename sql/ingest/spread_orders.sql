-- One row: an offered order line; a line of a bundle becomes one line for each part, at the part's share of the price.
-- DuckDB only: temporary tables exist in one engine alone. The share is that of list prices, even where one is unknown.
with newest_products as (
    select
        sku_id,
        list_price,
        bundle_parts
    from source.products
    qualify row_number() over (partition by sku_id order by updated_at desc, row_hash desc) = 1
),

list_parts as (
    select
        sku_id as bundle_id,
        unnest(bundle_parts) as part
    from newest_products
    where len(bundle_parts) > 0
),

read_parts as (
    select
        bundle_id,
        split_part(part, '*', 1) as part_id,
        sum(cast(coalesce(nullif(split_part(part, '*', 2), ''), '1') as integer)) as part_units
    from list_parts
    group by bundle_id, part_id
),

price_parts as (
    select
        r.bundle_id,
        r.part_id,
        r.part_units,
        case
            when count(n.list_price) over (partition by r.bundle_id) = count(*) over (partition by r.bundle_id)
                then cast(n.list_price as double) * r.part_units
            else cast(r.part_units as double)
        end as worth
    from read_parts as r
    left join newest_products as n on r.part_id = n.sku_id
),

share_parts as (
    select
        p.bundle_id,
        p.part_id,
        p.part_units,
        sum(p.worth) over (partition by p.bundle_id order by p.part_id rows unbounded preceding)
        / sum(p.worth) over (partition by p.bundle_id) as share_so_far,
        p.worth / sum(p.worth) over (partition by p.bundle_id) as share
    from price_parts as p
),

whole_prices as (
    select
        o.rowid as offered_no,
        -- No line is worth more than the widest amount; a number in the wrong column may say so.
        cast(
            least(
                coalesce(o.paid_amount, cast(o.unit_price as decimal(28, 2)) * o.quantity),
                cast(9999999999.99 as decimal(12, 2))
            ) as decimal(18, 2)
        ) as amount
    from temp.offered as o
),

price_lines as (
    select
        o.rowid as offered_no,
        s.part_id,
        cast(least(cast(o.quantity as bigint) * s.part_units, 2147483647) as integer) as units,
        cast(round(w.amount * s.share_so_far, 2) as decimal(12, 2))
        - cast(round(w.amount * (s.share_so_far - s.share), 2) as decimal(12, 2)) as paid
    from temp.offered as o
    inner join share_parts as s on o.sku_id = s.bundle_id
    inner join whole_prices as w on o.rowid = w.offered_no
)

select
    o.* exclude (order_line_id, sku_id, quantity, unit_price, paid_amount),
    case when p.part_id is null then o.order_line_id else o.order_line_id || '#' || p.part_id end as order_line_id,
    coalesce(p.part_id, o.sku_id) as sku_id,
    coalesce(p.units, o.quantity) as quantity,
    case
        when p.part_id is null then o.unit_price
        else cast(round(p.paid / greatest(p.units, 1), 2) as decimal(12, 2))
    end as unit_price,
    coalesce(p.paid, o.paid_amount) as paid_amount
from temp.offered as o
left join price_lines as p on o.rowid = p.offered_no
