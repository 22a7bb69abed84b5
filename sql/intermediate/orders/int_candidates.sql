-- One row: one SKU that may be listed for $list_date: active, launched and in season, with its stock.
-- Why: no stock figure is 0 units; an end-of-line SKU has what suppliers offered at most; a bundle has its parts.
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
    cast(least(coalesce(i.sellable_units, 0), coalesce(o.units_left, i.sellable_units, 0)) as bigint) as sellable_units,
    o.offer_until,
    o.offer_code,
    o.offer_reason
from night.stg_products as p
left join night.stg_inventory as i on p.sku_id = i.sku_id
left join night.int_sku_offers as o on p.sku_id = o.sku_id
where
    p.status = 'active'
    and coalesce(array_length(p.bundle_parts), 0) = 0
    and p.launched_on <= $list_date
    and coalesce(p.season_start, $list_date) <= $list_date
    and coalesce(p.season_end, $list_date) >= $list_date
