-- One row: a SKU of the list, or a reserve that the next replacement may still use.
-- Why: a reserve that is on the list now has no rank as a reserve any more.
select
    g.sku_id,
    case when l.sku_id is null then g.reserve_rank end as reserve_rank,
    g.role,
    g.spu_id,
    g.title_key,
    g.is_cold_chain,
    g.page_url,
    g.is_perishable
from history.base_skus as g
left join night.sku_list as l on g.sku_id = l.sku_id
where l.sku_id is not null or g.reserve_rank is not null
order by g.sku_id
