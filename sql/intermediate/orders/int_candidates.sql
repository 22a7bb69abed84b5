-- One row: one SKU that may be listed for $list_date: active, launched and in season, with its stock.
-- Why: without a stock figure there are 0 units to sell; a bundle is judged by its parts and is not listed itself.
select
    p.sku_id,
    p.spu_id,
    p.title,
    p.category,
    p.brand,
    p.supplier_id,
    p.list_price,
    p.style_tags,
    p.series_tags,
    p.season_start,
    p.season_end,
    p.is_clearance,
    p.is_cold_chain,
    p.launched_on,
    p.status,
    p.updated_at,
    cast(coalesce(i.sellable_units, 0) as bigint) as sellable_units
from night.stg_products as p
left join night.stg_inventory as i on p.sku_id = i.sku_id
where
    p.status = 'active'
    and coalesce(len(p.bundle_parts), 0) = 0
    and p.launched_on <= $list_date
    and coalesce(p.season_start, $list_date) <= $list_date
    and coalesce(p.season_end, $list_date) >= $list_date
