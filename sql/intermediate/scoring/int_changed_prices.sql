-- One row: one SKU that is known or not as it was not when lines were judged last, or whose price has changed.
-- Why: what is paid is judged by the list price; lines of a SKU that nobody knows are of no SKU.
select
    coalesce(p.sku_id, j.sku_id) as sku_id,
    p.sku_id is null or j.sku_id is null as is_known_anew,
    j.list_price as former_price,
    p.list_price
from night.stg_products as p
full outer join night.int_judged_prices as j on p.sku_id = j.sku_id
where p.sku_id is null or j.sku_id is null or p.list_price <> j.list_price
