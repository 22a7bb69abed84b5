-- One row: a SKU among $asked that some version of the product rows names.
-- Why: a decision about a SKU that was never delivered is a typing error.
select distinct sku_id
from source.products
where array_contains($asked, sku_id)
order by sku_id
