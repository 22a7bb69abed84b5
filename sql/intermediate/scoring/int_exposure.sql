-- One row: one SKU with its delivered lines and how many of them are mature for each outcome.
-- Why: a young line counts as the share that should have shown, an outlier source's not; witnesses are what lines weigh.
with thin_lines as (
    select
        d.sku_number,
        d.delivered_lines,
        d.delivered_lines * c.return_share as return_exposure,
        d.delivered_lines * c.regret_share as regret_exposure
    from night.int_delivery_days as d
    inner join night.int_number_curve as c
        on d.category_number = c.category_number and c.day = least(d.age_days, $horizon_days)
),

add_lines as (
    select
        sku_number,
        sum(delivered_lines) as witnesses,
        sum(return_exposure) as return_exposure,
        sum(regret_exposure) as regret_exposure
    from thin_lines
    group by sku_number
),

add_excused as (
    select
        n.sku_number,
        sum(l.lines * c.regret_share) as excused_exposure,
        sum(l.lines) filter (where l.regret_days <= $horizon_days) as excused_regrets
    from night.int_outlier_lines as l
    inner join night.int_sku_numbers as n on l.sku_id = n.sku_id
    inner join night.int_number_curve as c
        on
            n.category_number = c.category_number
            and c.day = cast(least(date_diff('day', l.delivered_on, $as_of_date), $horizon_days) as integer)
    group by n.sku_number
),

count_lines as (
    select
        sku_id,
        sum(delivered_lines) as delivered_lines
    from night.int_sku_daily
    where delay_days is null
    group by sku_id
),

add_outcomes as (
    select
        sku_id,
        sum(lines) filter (where metric = 'return') as returned_lines,
        sum(lines) filter (where metric = 'regret') as regretted_lines,
        sum(lines) filter (where metric = 'complaint') as complained_lines,
        sum(lines) filter (where metric = 'fault') as fault_lines
    from night.int_witnessed_outcomes
    where delay_days <= $horizon_days
    group by sku_id
)

select
    n.sku_id,
    cast(d.delivered_lines as bigint) as delivered_lines,
    cast(coalesce(l.witnesses, 0) as double) as witnesses,
    cast(coalesce(l.return_exposure, 0) as double) as return_exposure,
    cast(coalesce(l.regret_exposure, 0) - coalesce(e.excused_exposure, 0) as double) as regret_exposure,
    cast(coalesce(o.returned_lines, 0) as double) as returned_lines,
    cast(coalesce(o.regretted_lines, 0) - coalesce(e.excused_regrets, 0) as double) as regretted_lines,
    cast(coalesce(o.complained_lines, 0) as double) as complained_lines,
    cast(greatest(coalesce(o.returned_lines, 0) - coalesce(o.fault_lines, 0), 0) as double) as plain_returned_lines,
    cast(coalesce(e.excused_exposure, 0) as double) as excused_exposure,
    cast(coalesce(e.excused_regrets, 0) as double) as excused_regrets
from count_lines as d
inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
left join add_lines as l on n.sku_number = l.sku_number
left join add_excused as e on n.sku_number = e.sku_number
left join add_outcomes as o on n.sku_id = o.sku_id
