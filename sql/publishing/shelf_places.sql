-- One row: a SKU that may stand on the list made from an earlier one: what stays in its place, then reserves by rank.
-- Why: a refill looks at goods in this order, so what was chosen before is never exchanged.
select
    sku_id,
    list_rank,
    kept_role,
    spare_role,
    supplier_id,
    category,
    spu_id,
    title_key,
    is_cold_chain,
    landmine_probability
from night.derived_skus
where leave_code is null and (list_rank is not null or reserve_rank is not null)
order by list_rank nulls last, reserve_rank, sku_id
