-- One group an agent: herself.
select
    'G' || customer_id as group_id,
    customer_id as agent_id,
    cast(min(invoice_ts) as date) as opened_on,
    min(invoice_ts) as updated_at
from "drop"
where not is_cancellation and not is_non_product_code and customer_id is not null and quantity > 0
group by customer_id
