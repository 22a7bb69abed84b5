-- One row: one SKU that is known, with the list price by which its lines are judged.
-- Why: the next night looks at the lines of those alone that have another price then.
select
    sku_id,
    list_price
from night.stg_products
