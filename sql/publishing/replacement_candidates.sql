-- One row: a SKU that may be on the list made from an earlier one: those listed by their rank, then reserves by rank.
-- Why: replacement considers SKUs in this order, so a SKU that may stay is never exchanged.
select
    sku_id,
    list_rank,
    base_role,
    reserve_role,
    supplier_id,
    category,
    spu_id,
    title_key,
    is_cold_chain,
    landmine_probability
from night.derived_skus
where leave_code is null and (list_rank is not null or reserve_rank is not null)
order by list_rank nulls last, reserve_rank, sku_id
