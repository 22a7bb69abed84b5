-- One row: one SKU of the list, or one that may step in for it, with what a replacement without the warehouse needs.
-- Why: a recall in the middle of the day cannot ask the warehouse, and the published tables name no near-duplicates.
select
    c.sku_id,
    r.reserve_rank,
    coalesce(
        d.role,
        case
            when c.is_new then 'explore'
            when c.is_clearance then 'clearance'
            when c.is_seasonal then 'seasonal'
            else 'core'
        end
    ) as role,
    coalesce(c.spu_id, '') as spu_id,
    coalesce(c.title_key, '') as title_key,
    c.is_cold_chain,
    p.page_url,
    c.shelf_hours is not null as is_perishable
from night.int_selection_candidates as c
inner join night.selection_decisions as d on c.sku_id = d.sku_id
left join night.reserves as r on c.sku_id = r.sku_id
left join night.stg_products as p on c.sku_id = p.sku_id
where d.decision = 'listed' or r.sku_id is not null
order by c.sku_id
