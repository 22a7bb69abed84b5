-- One row: one SKU that could step in when a listed one has to leave, best first.
-- Why: only goods within the promise's own level are kept, so that any swap leaves the promise intact.
select
    cast(row_number() over (order by d.gain desc, c.sku_id) as integer) as reserve_rank,
    c.sku_id,
    c.title,
    c.category,
    c.supplier_id,
    c.score,
    d.gain,
    c.landmine_probability,
    c.sellable_units
from night.int_selection_candidates as c
inner join night.selection_decisions as d on c.sku_id = d.sku_id
where d.is_reserve
qualify row_number() over (order by d.gain desc, c.sku_id) <= $reserve_size
