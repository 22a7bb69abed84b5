-- One row: one SKU of new order lines of one drop, known from the day on which the first of them is.
-- DuckDB only: temporary tables exist in one engine alone. Staging says what it costs and whether it is on sale.
select
    sku_id,
    sku_id as title,
    '未分类' as category,
    '未知' as supplier_id,
    greatest(max(unit_price), cast(0.01 as decimal(12, 2))) as list_price,
    cast([] as varchar[]) as style_tags,
    cast([] as varchar[]) as series_tags,
    false as is_clearance,
    false as is_cold_chain,
    cast(min(greatest(ordered_at, updated_at)) as date) as launched_on,
    'active' as status,
    min(greatest(ordered_at, updated_at)) as updated_at
from temp.incoming
where
    drop_fault is null
    and sku_id <> ''
    and order_line_id is not null
    and ordered_at is not null
    and updated_at is not null
group by drop_path, sku_id
order by sku_id, updated_at
