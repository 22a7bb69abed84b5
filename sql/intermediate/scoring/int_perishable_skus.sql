-- One row: a SKU that perishes within $longest_days days, with what spoilage may depend on.
-- Why: goods that keep longer wait for nobody; those that are gone still teach how fast their kind spoils.
select
    sku_id,
    split_part(category, '/', 1) as department,
    is_cold_chain,
    shelf_life_days
from night.stg_products
where shelf_life_days <= $longest_days
order by sku_id
