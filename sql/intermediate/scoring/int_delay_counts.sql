-- One row: one outcome, one pool of SKUs (platform, department or category) and one number of days since delivery.
-- Why: the risk set of a delay is the lines that showed it by then and are old enough to be seen; both are running sums.
with list_days as (
    select day
    from night.int_delay_days
    union
    select least(age_days, $horizon_days) as day
    from night.int_delivery_days
),

pool_outcomes as (
    select
        metric,
        'platform' as level,
        '' as pool,
        day,
        shown,
        aged
    from night.int_delay_days
    union all
    select
        metric,
        'department' as level,
        split_part(category, '/', 1) as pool,
        day,
        shown,
        aged
    from night.int_delay_days
    union all
    select
        metric,
        'category' as level,
        category as pool,
        day,
        shown,
        aged
    from night.int_delay_days
),

mark_days as (
    select
        metric,
        level,
        pool,
        day,
        shown,
        aged
    from pool_outcomes
    union all
    -- Days without any outcome still have lines at risk, and every age that occurs needs its point of the curve.
    select
        p.metric,
        p.level,
        p.pool,
        d.day,
        0 as shown,
        0 as aged
    from (select distinct
        metric,
        level,
        pool
    from pool_outcomes) as p
    cross join list_days as d
),

count_days as (
    select
        metric,
        level,
        pool,
        day,
        sum(shown) as shown,
        sum(aged) as aged
    from mark_days
    group by metric, level, pool, day
),

count_risk as (
    select
        metric,
        level,
        pool,
        day,
        cast(shown as bigint) as shown,
        cast(
            sum(shown) over (partition by metric, level, pool order by day)
            - (sum(aged) over (partition by metric, level, pool order by day) - aged) as bigint
        ) as at_risk
    from count_days
)

-- One late outcome among few lines old enough to show it would give a hazard near 1: such days are not used.
select
    metric,
    level,
    pool,
    day,
    shown,
    at_risk,
    at_risk > 0
    and at_risk >= least($fewest_at_risk, max(at_risk) over (partition by metric, level, pool) * $enough_share)
        as is_usable
from count_risk
