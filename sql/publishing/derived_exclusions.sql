-- One row: one listed SKU that an agent never recommends because of its category.
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
