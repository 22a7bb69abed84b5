-- One row: one SKU that was posted lately or may be listed tomorrow, with the attributes of the choice model.
-- Why: SKUs that are gone still teach what groups choose.
select
    p.sku_id,
    p.category,
    cast(p.list_price as double) as list_price,
    p.style_tags,
    p.series_tags
from night.stg_products as p
where
    p.sku_id in (select a.sku_id from night.int_agent_posts as a)
    or p.sku_id in (select s.sku_id from night.sku_scores as s)
order by p.sku_id
