-- One row: one SKU with its delivered lines and how many of them are mature for each outcome.
-- Why: a young line counts as the share that should have shown; outlier sources' lines are counted separately.
with thin_lines as (
    select
        d.sku_number,
        d.delivered_lines,
        cast(d.delivered_lines as decimal(9, 0)) * c.return_share as return_exposure,
        cast(d.delivered_lines as decimal(9, 0)) * c.regret_share as regret_exposure
    from night.int_delivery_days as d
    inner join night.int_number_curve as c
        on d.category_number = c.category_number and c.day = least(d.age_days, $horizon_days)
),

add_lines as (
    select
        sku_number,
        sum(delivered_lines) as delivered_lines,
        sum(return_exposure) as return_exposure,
        sum(regret_exposure) as regret_exposure
    from thin_lines
    group by sku_number
),

add_excused as (
    select
        n.sku_number,
        sum(cast(l.lines as decimal(9, 0)) * c.regret_share) as excused_exposure,
        sum(l.lines) filter (where l.regret_days <= $horizon_days) as excused_regrets
    from night.int_outlier_lines as l
    inner join night.int_sku_numbers as n on l.sku_id = n.sku_id
    inner join night.int_number_curve as c
        on
            n.category_number = c.category_number
            and c.day = cast(least(date_diff('day', l.delivered_on, $as_of_date), $horizon_days) as integer)
    group by n.sku_number
),

add_faults as (
    select
        d.sku_id,
        sum(d.fault_lines) as fault_lines
    from night.int_sku_daily as d
    where d.delay_days <= $horizon_days and d.fault_lines <> 0
    group by d.sku_id
),

add_outcomes as (
    select
        sku_id,
        sum(lines) filter (where metric = 'return') as returned_lines,
        sum(lines) filter (where metric = 'regret') as regretted_lines,
        sum(lines) filter (where metric = 'complaint') as complained_lines
    from night.int_sku_outcomes
    where delay_days <= $horizon_days
    group by sku_id
)

select
    n.sku_id,
    cast(l.delivered_lines as bigint) as delivered_lines,
    cast(l.return_exposure as double) as return_exposure,
    cast(l.regret_exposure - coalesce(e.excused_exposure, 0) as double) as regret_exposure,
    cast(coalesce(o.returned_lines, 0) as bigint) as returned_lines,
    cast(coalesce(o.regretted_lines, 0) - coalesce(e.excused_regrets, 0) as bigint) as regretted_lines,
    cast(coalesce(o.complained_lines, 0) as bigint) as complained_lines,
    cast(greatest(coalesce(o.returned_lines, 0) - coalesce(f.fault_lines, 0), 0) as bigint) as plain_returned_lines,
    cast(coalesce(e.excused_exposure, 0) as double) as excused_exposure,
    cast(coalesce(e.excused_regrets, 0) as bigint) as excused_regrets
from add_lines as l
inner join night.int_sku_numbers as n on l.sku_number = n.sku_number
left join add_excused as e on l.sku_number = e.sku_number
left join add_outcomes as o on n.sku_id = o.sku_id
left join add_faults as f on n.sku_id = f.sku_id
