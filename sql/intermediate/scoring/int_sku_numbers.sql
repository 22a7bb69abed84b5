-- One row: one SKU, sold today or not, with its number in the order of ids and that of its category.
-- Why: millions of lines are joined several times a night; numbers join faster than names, and models count in them.
select
    sku_id,
    category,
    split_part(category, '/', 1) as department,
    supplier_id,
    cast(row_number() over (order by sku_id) - 1 as integer) as sku_number,
    cast(dense_rank() over (order by category) - 1 as integer) as category_number
from night.stg_products
