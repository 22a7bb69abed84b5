-- One row: a SKU with its first and its last sale, and the price of that, at the end of $as_of_date.
-- Why: of a SKU known from order lines alone, they say all that is known.
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
)

select
    sku_id,
    min(ordered_on) as first_on,
    max(ordered_on) as last_on,
    max(unit_price) filter (where from_last = 1) as last_price
from list_sales
group by sku_id
