-- One row: one group of lines watched for a change: a candidate with enough outcomes, or a supplier's category.
-- Why: an alarm needs about $fewest_lines outcomes, so SKUs with fewer cannot raise one and need not be watched.
with list_groups as (
    select
        'sku' as level,
        o.sku_id as group_key,
        p.supplier_id,
        p.category
    from (
        select sku_id
        from night.int_sku_outcomes
        where delay_days <= $horizon_days
        group by sku_id, metric
        having sum(lines) >= $fewest_lines
    ) as o
    inner join night.int_candidates as p on o.sku_id = p.sku_id
    group by o.sku_id, p.supplier_id, p.category
    union all
    select
        'kind' as level,
        '' as group_key,
        p.supplier_id,
        p.category
    from night.stg_products as p
    inner join night.int_exposure as e on p.sku_id = e.sku_id
    group by p.supplier_id, p.category
)

select
    cast(row_number() over (order by level, category, supplier_id, group_key) - 1 as integer) as group_number,
    level,
    group_key as sku_id,
    supplier_id,
    category
from list_groups
