-- One row: one SKU as the platform described it at the end of $as_of_date.
-- Why: the newest version wins, ties by row hash; the commission stays behind, no decision may read it.
select
    sku_id,
    spu_id,
    title,
    regexp_replace(regexp_replace(trim(category), '[\s　]*[/／]+[\s　]*', '/', 'g'), '^/|/$', '', 'g') as category,
    brand,
    supplier_id,
    list_price,
    style_tags,
    series_tags,
    season_start,
    season_end,
    is_clearance,
    is_cold_chain,
    launched_on,
    status,
    image_url,
    page_url,
    bundle_parts,
    shelf_life_days,
    updated_at
from source.products
where known_on <= $as_of_date
qualify row_number() over (partition by sku_id order by updated_at desc, row_hash desc) = 1
