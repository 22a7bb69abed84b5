-- One row: one category or department and a number of days since delivery, with the share of outcomes shown by then.
-- Why: F(j) is the product over k > j of 1 - shown / at risk; few lines take hazards of wider groups; decimals add exactly.
with list_days as (
    select day
    from night.int_delay_counts
    union
    select least(age_days, $horizon_days) as day
    from night.int_delivery_days
),

list_categories as (
    select
        category,
        split_part(category, '/', 1) as department
    from night.stg_products
    union
    select
        split_part(category, '/', 1) as category,
        split_part(category, '/', 1) as department
    from night.stg_products
),

list_metrics as (
    select 'return' as metric
    union all
    select 'regret' as metric
    union all
    select 'complaint' as metric
),

grid as (
    select
        m.metric,
        c.category,
        c.department,
        d.day
    from list_metrics as m
    cross join list_categories as c
    cross join list_days as d
),

pool_hazards as (
    select
        g.metric,
        g.category,
        g.day,
        case when p.is_usable then p.shown / cast(p.at_risk as double) else 0 end as platform_hazard,
        coalesce(d.shown, 0) as department_shown,
        coalesce(d.at_risk, 0) as department_risk,
        coalesce(c.shown, 0) as category_shown,
        coalesce(c.at_risk, 0) as category_risk
    from grid as g
    left join night.int_delay_counts as p
        on g.metric = p.metric and g.day = p.day and p.level = 'platform'
    left join night.int_delay_counts as d
        on g.metric = d.metric and g.day = d.day and d.level = 'department' and g.department = d.pool
    left join night.int_delay_counts as c
        on g.metric = c.metric and g.day = c.day and c.level = 'category' and g.category = c.pool
),

borrow_department as (
    select
        metric,
        category,
        day,
        category_shown,
        category_risk,
        (department_shown + $pooling_lines * platform_hazard)
        / cast(department_risk + $pooling_lines as double) as department_hazard
    from pool_hazards
),

borrow_hazards as (
    select
        metric,
        category,
        day,
        (category_shown + $pooling_lines * department_hazard) / cast(category_risk + $pooling_lines as double) as hazard
    from borrow_department
),

multiply_days as (
    select
        metric,
        category,
        day,
        exp(
            cast(
                coalesce(
                    sum(cast(ln(greatest(1 - hazard, $smallest_share)) as decimal(18, 9))) over (
                        partition by metric, category order by day rows between 1 following and unbounded following
                    ),
                    0
                ) as double
            )
        ) as shown_share
    from borrow_hazards
)

select
    category,
    day,
    cast(max(shown_share) filter (where metric = 'return') * $return_by_oldest as decimal(9, 8)) as return_share,
    cast(max(shown_share) filter (where metric = 'regret') * $regret_by_oldest as decimal(9, 8)) as regret_share,
    cast(max(shown_share) filter (where metric = 'complaint') * $complaint_by_oldest as decimal(9, 8)) as complaint_share
from multiply_days
group by category, day
