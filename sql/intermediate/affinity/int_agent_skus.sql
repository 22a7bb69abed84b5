-- One row: one SKU that was posted lately or may be listed tomorrow, with the attributes of the choice model.
-- Why: choices among SKUs that are no longer sold are learnt from too.
select
    p.sku_id,
    p.category,
    cast(p.list_price as double) as list_price,
    p.style_tags,
    p.series_tags
from night.stg_products as p
where
    p.sku_id in (select r.sku_id from night.int_recorded_posts as r)
    or p.sku_id in (select u.sku_id from night.int_unposted_sales as u)
    or p.sku_id in (select s.sku_id from night.sku_scores as s)
order by p.sku_id
