-- One row: one SKU that was posted lately or may be listed tomorrow, with the attributes of the choice model.
-- Why: choices among SKUs that are no longer sold are learnt from too; places put them into an order without meaning.
with number_products as (
    select
        sku_id,
        category,
        list_price,
        style_tags,
        series_tags,
        row_number() over (order by sku_id) - 1 as product_row,
        row_number() over (order by md5(sku_id), sku_id) as place
    from night.stg_products
)

select
    p.sku_id,
    p.category,
    cast(p.list_price as double) as list_price,
    p.style_tags,
    p.series_tags,
    cast(p.product_row as bigint) as product_row,
    cast(p.place as bigint) as place
from number_products as p
where
    p.sku_id in (select r.sku_id from temp.int_recorded_posts as r)
    or p.sku_id in (select u.sku_id from temp.int_unposted_sales as u)
    or p.sku_id in (select c.sku_id from night.int_candidates as c)
order by p.sku_id
