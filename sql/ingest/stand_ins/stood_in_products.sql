-- One row changes: a SKU known from order lines alone, by what they say of it at the end of $as_of_date.
-- DuckDB only: it changes rows in place. Its price is that of the last sale; not sold since $quiet_on, it is off sale.
with list_sales as (
    select
        sku_id,
        ordered_on,
        unit_price,
        row_number() over (partition by sku_id order by ordered_at desc, order_line_id desc) as from_last
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        -- Under 0.10 nothing was sold: a gift, a sample.
        and unit_price >= 0.10
),

describe_skus as (
    select
        sku_id,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on,
        max(unit_price) filter (where from_last = 1) as last_price
    from list_sales
    group by sku_id
)

update night.stg_products as p
set
    list_price = coalesce(s.last_price, p.list_price),
    launched_on = coalesce(s.first_on, p.launched_on),
    status = case when s.last_on > $quiet_on then 'active' else 'paused' end
from night.stg_products as k
left join describe_skus as s on k.sku_id = s.sku_id
where p.sku_id = k.sku_id
