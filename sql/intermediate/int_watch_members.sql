-- One row: one SKU and one watched group that it belongs to.
-- Why: a SKU counts for itself if it is watched, for its supplier and for its category.
select
    p.sku_id,
    g.group_number
from night.stg_products as p
inner join night.int_watch_groups as g on p.sku_id = g.entity_id and g.level = 'sku'
union all
select
    p.sku_id,
    g.group_number
from night.stg_products as p
inner join night.int_watch_groups as g
    on p.supplier_id = g.entity_id and split_part(p.category, '/', 1) = g.category and g.level = 'supplier'
union all
select
    p.sku_id,
    g.group_number
from night.stg_products as p
inner join night.int_watch_groups as g on p.category = g.entity_id and g.level = 'category'
