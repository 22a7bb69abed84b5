-- One row: one listed SKU that an agent does not recommend, because of its category or because she declined it.
-- Why: an excluded path excludes everything below it.
with list_paths as (
    select
        a.agent_id,
        u.path
    from night.stg_agents as a
    cross join unnest(a.categories_excluded) as u (path)
)

select distinct
    p.agent_id,
    l.sku_id
from list_paths as p
inner join night.sku_list as l on p.path = l.category or starts_with(l.category, p.path || '/')
union
select distinct
    a.agent_id,
    l.sku_id
from night.stg_agents as a
inner join night.sku_list as l on array_contains(a.declined_skus, l.sku_id)
