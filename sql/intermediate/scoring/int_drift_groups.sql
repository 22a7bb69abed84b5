-- One row: one group of lines monitored for drift: a candidate with enough recent outcomes, a supplier, a category.
-- Why: an alarm needs about $fewest_lines outcomes; `category` names the delay curve, a supplier's is its department's.
with find_suspects as (
    select
        sku_id,
        metric
    from night.int_witnessed_outcomes
    where
        delay_days <= $horizon_days
        and cast(delivered_on + delay_days * interval 1 day as date) > $outcomes_after
    group by sku_id, metric
    having sum(lines) >= $fewest_lines
),

list_groups as (
    select
        'sku' as level,
        p.sku_id as entity_id,
        p.category
    from night.int_candidates as p
    where p.sku_id in (select s.sku_id from find_suspects as s)
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
order by group_number
