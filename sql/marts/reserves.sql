-- One row: one SKU that could step in when a listed one has to leave, best first.
-- Why: only SKUs within the promise's own level are kept, so that any swap leaves the promise intact.
select
    cast(row_number() over (order by d.gain desc, s.sku_id) as integer) as reserve_rank,
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.score,
    d.gain,
    s.landmine_probability,
    s.sellable_units
from night.sku_scores as s
inner join night.selection_decisions as d on s.sku_id = d.sku_id
where d.is_reserve
qualify row_number() over (order by d.gain desc, s.sku_id) <= $reserve_size
