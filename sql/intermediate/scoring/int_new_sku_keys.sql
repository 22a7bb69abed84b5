-- One row: one SKU without a key, and the key that it gets.
-- Why: a key stays from night to night, whoever comes: lines that are kept need not be numbered anew.
with find_last as (
    select coalesce(max(name_key), -1) as last_key
    from night.int_line_names
)

select
    'sku' as kind,
    p.sku_id as entity_id,
    cast(f.last_key + row_number() over (order by p.sku_id) as integer) as name_key
from night.stg_products as p
cross join find_last as f
left join night.int_line_names as k on k.kind = 'sku' and p.sku_id = k.entity_id
where k.name_key is null
