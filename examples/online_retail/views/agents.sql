-- One customer, who buys for her own shop or friends and so stands for an agent; nothing of her wishes is known.
select
    customer_id as agent_id,
    cast(min(invoice_ts) as date) as joined_on,
    [] as categories_wanted,
    [] as categories_excluded,
    [] as style_tags,
    [] as series_tags,
    min(invoice_ts) as updated_at
from "drop"
where not is_cancellation and not is_non_product_code and customer_id is not null and quantity > 0
group by customer_id
