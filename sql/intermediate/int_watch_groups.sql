-- One row: one group of lines watched for a change: a candidate with enough recent outcomes, a supplier's goods, a category.
-- Why: an alarm needs about $fewest_lines outcomes, so SKUs with fewer cannot raise one; a supplier's goods are kept
-- apart by department because each has its own delays. `category` names the delay curve of the group.
with list_groups as (
    select
        'sku' as level,
        o.sku_id as entity_id,
        p.category
    from (
        select distinct sku_id
        from (
            select sku_id, metric
            from night.int_sku_outcomes
            where
                delay_days <= $horizon_days
                and cast(delivered_on + delay_days * interval 1 day as date) > $watch_from
            group by sku_id, metric
            having sum(lines) >= $fewest_lines
        )
    ) as o
    inner join night.int_candidates as p on o.sku_id = p.sku_id
    union all
    select distinct
        'supplier' as level,
        p.supplier_id as entity_id,
        split_part(p.category, '/', 1) as category
    from night.stg_products as p
    inner join night.int_exposure as e on p.sku_id = e.sku_id
    union all
    select distinct
        'category' as level,
        p.category as entity_id,
        p.category
    from night.stg_products as p
    inner join night.int_exposure as e on p.sku_id = e.sku_id
)

select
    cast(row_number() over (order by level, category, entity_id) - 1 as integer) as group_number,
    level,
    entity_id,
    category
from list_groups
