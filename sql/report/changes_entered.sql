-- One row: a SKU that the earlier list did not hold and the list made from it does, in its new place.
-- Why: the columns are those of the SKUs that left, so that both fill one table.
select
    l.sku_id,
    l.title,
    l.category,
    l.reasons
from night.sku_list as l
left join history.base_list as k on l.sku_id = k.sku_id
where k.sku_id is null
order by l.list_rank
