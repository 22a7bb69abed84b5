-- One row: one SKU by its number and one monitored group that it belongs to.
-- Why: a SKU counts for itself if it is monitored, for its supplier and for its category.
select
    n.sku_number,
    g.group_number,
    g.level
from night.int_sku_numbers as n
inner join night.int_drift_groups as g on n.sku_id = g.entity_id and g.level = 'sku'
union all
select
    n.sku_number,
    g.group_number,
    g.level
from night.int_sku_numbers as n
inner join night.int_drift_groups as g
    on n.supplier_id = g.entity_id and n.department = g.category and g.level = 'supplier'
union all
select
    n.sku_number,
    g.group_number,
    g.level
from night.int_sku_numbers as n
inner join night.int_drift_groups as g on n.category = g.entity_id and g.level = 'category'
