-- One row: one SKU, sold today or not, with its number in the order of ids and that of its category.
-- Why: numbers join faster than names; of a supplier whose returns are missing, a category has a number and curve of its own.
select
    p.sku_id,
    p.category,
    split_part(p.category, '/', 1) as department,
    p.supplier_id,
    cast(row_number() over (order by p.sku_id) - 1 as integer) as sku_number,
    cast(dense_rank() over (order by p.category, coalesce(g.entity_id, '')) - 1 as integer) as category_number
from night.stg_products as p
left join night.int_returns_gaps as g on g.level = 'supplier' and p.supplier_id = g.entity_id
