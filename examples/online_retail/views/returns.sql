-- One cancellation line that can be matched to a sale.
-- It belongs to the newest earlier sale of that product to that customer that was at least as large.
with sales as (
    select line_id, customer_id, upper(trim(stock_code)) as sku_id, quantity, invoice_ts, unit_price_gbp
    from "drop"
    where not is_cancellation and not is_non_product_code and customer_id is not null and quantity > 0
),

cancellations as (
    select line_id, customer_id, upper(trim(stock_code)) as sku_id, -quantity as quantity, invoice_ts
    from "drop"
    where is_cancellation and not is_non_product_code and customer_id is not null and quantity < 0
),

matched as (
    select
        cancellations.line_id,
        sales.line_id as order_line_id,
        cancellations.invoice_ts,
        cancellations.quantity,
        sales.unit_price_gbp
    from cancellations
    inner join sales
        on
            cancellations.customer_id = sales.customer_id
            and cancellations.sku_id = sales.sku_id
            and cancellations.invoice_ts >= sales.invoice_ts
            and cancellations.quantity <= sales.quantity
    qualify
        row_number() over (
            partition by cancellations.line_id order by sales.invoice_ts desc, sales.line_id desc
        ) = 1
)

select
    line_id as return_id,
    order_line_id,
    invoice_ts as requested_at,
    quantity,
    quantity * unit_price_gbp as refund_amount,
    invoice_ts as updated_at
from matched
