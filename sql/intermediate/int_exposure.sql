-- One row: one SKU with its delivered lines and how many of them are as good as mature for each outcome.
-- Why: a young line counts as the share that should have shown; culprits' lines are counted on their own.
with list_days as (
    select
        sku_id,
        delivered_on,
        cast(delivered_lines as decimal(9, 0)) as delivered_lines,
        cast(0 as decimal(9, 0)) as excused_lines
    from night.int_sku_daily
    where delay_days is null
    union all
    select
        sku_id,
        delivered_on,
        cast(0 as decimal(9, 0)) as delivered_lines,
        cast(lines as decimal(9, 0)) as excused_lines
    from night.int_culprit_lines
),

thin_lines as (
    select
        a.sku_id,
        a.delivered_lines,
        a.delivered_lines * c.return_share as return_exposure,
        (a.delivered_lines - a.excused_lines) * c.regret_share as regret_exposure,
        a.excused_lines * c.regret_share as excused_exposure
    from list_days as a
    inner join night.stg_products as p on a.sku_id = p.sku_id
    inner join night.int_delay_curve as c
        on
            p.category = c.category
            and c.day = cast(least(date_diff('day', a.delivered_on, $as_of_date), $horizon_days) as integer)
),

list_outcomes as (
    select
        sku_id,
        metric,
        lines
    from night.int_sku_outcomes
    where delay_days <= $horizon_days
    union all
    select
        sku_id,
        'excused' as metric,
        lines
    from night.int_culprit_lines
    where regret_days <= $horizon_days
),

add_faults as (
    select
        sku_id,
        sum(fault_lines) as fault_lines
    from night.int_sku_daily
    where delay_days <= $horizon_days
    group by sku_id
),

add_outcomes as (
    select
        sku_id,
        sum(lines) filter (where metric = 'return') as returned_lines,
        sum(lines) filter (where metric = 'regret') as regretted_lines,
        sum(lines) filter (where metric = 'complaint') as complained_lines,
        sum(lines) filter (where metric = 'excused') as excused_regrets
    from list_outcomes
    group by sku_id
),

add_lines as (
    select
        sku_id,
        sum(delivered_lines) as delivered_lines,
        sum(return_exposure) as return_exposure,
        sum(regret_exposure) as regret_exposure,
        sum(excused_exposure) as excused_exposure
    from thin_lines
    group by sku_id
)

select
    l.sku_id,
    cast(l.delivered_lines as bigint) as delivered_lines,
    cast(l.return_exposure as double) as return_exposure,
    cast(l.regret_exposure as double) as regret_exposure,
    cast(coalesce(o.returned_lines, 0) as bigint) as returned_lines,
    cast(coalesce(o.regretted_lines, 0) - coalesce(o.excused_regrets, 0) as bigint) as regretted_lines,
    cast(coalesce(o.complained_lines, 0) as bigint) as complained_lines,
    cast(greatest(coalesce(o.returned_lines, 0) - coalesce(f.fault_lines, 0), 0) as bigint) as plain_returned_lines,
    cast(l.excused_exposure as double) as excused_exposure,
    cast(coalesce(o.excused_regrets, 0) as bigint) as excused_regrets
from add_lines as l
left join add_outcomes as o on l.sku_id = o.sku_id
left join add_faults as f on l.sku_id = f.sku_id
