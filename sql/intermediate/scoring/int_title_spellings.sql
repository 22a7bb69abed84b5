-- One row: one title, without packs and years, of one supplier.
-- Why: titles are compared once each, however many SKUs share one; a key that keeps its numbers is told apart by them.
select
    p.supplier_id,
    k.title_key,
    cast(dense_rank() over (order by p.supplier_id) - 1 as bigint) as supplier_number
from night.int_sku_keys as k
inner join night.stg_products as p on k.sku_id = p.sku_id
where k.title_key <> '' and not regexp_matches(k.title_key, '[0-9]')
group by p.supplier_id, k.title_key
order by p.supplier_id, k.title_key
