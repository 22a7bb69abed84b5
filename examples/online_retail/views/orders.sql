-- One sale line of a known customer, who is agent, group and customer in one.
-- The set has no delivery dates: lines count as delivered when they were invoiced.
select
    line_id as order_line_id,
    invoice_no as order_id,
    invoice_ts as ordered_at,
    customer_id as agent_id,
    'G' || customer_id as group_id,
    customer_id,
    upper(trim(stock_code)) as sku_id,
    quantity,
    unit_price_gbp as unit_price,
    invoice_ts as delivered_at,
    invoice_ts as updated_at
from "drop"
where not is_cancellation and not is_non_product_code and customer_id is not null and quantity > 0
