-- One row: one SKU with its delivered lines and how many of them are as good as mature for each outcome.
-- Why: a young line counts as the share that should have shown; culprits' lines say nothing of the goods, out they go.
with list_days as (
    select
        sku_id,
        delivered_on,
        delivered_lines,
        delivered_lines as judged_lines
    from night.int_sku_daily
    where delay_days is null
    union all
    select
        sku_id,
        delivered_on,
        0 as delivered_lines,
        -lines as judged_lines
    from night.int_culprit_lines
),

thin_lines as (
    select
        a.sku_id,
        a.delivered_lines,
        a.delivered_lines * c.return_share as return_exposure,
        a.judged_lines * c.regret_share as regret_exposure
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
        'regret' as metric,
        -lines as lines
    from night.int_culprit_lines
    where regret_days <= $horizon_days
),

add_outcomes as (
    select
        sku_id,
        sum(lines) filter (where metric = 'return') as returned_lines,
        sum(lines) filter (where metric = 'regret') as regretted_lines,
        sum(lines) filter (where metric = 'complaint') as complained_lines
    from list_outcomes
    group by sku_id
),

add_lines as (
    select
        sku_id,
        sum(delivered_lines) as delivered_lines,
        sum(return_exposure) as return_exposure,
        sum(regret_exposure) as regret_exposure
    from thin_lines
    group by sku_id
)

select
    l.sku_id,
    cast(l.delivered_lines as bigint) as delivered_lines,
    cast(l.return_exposure as double) as return_exposure,
    cast(l.regret_exposure as double) as regret_exposure,
    cast(coalesce(o.returned_lines, 0) as bigint) as returned_lines,
    cast(coalesce(o.regretted_lines, 0) as bigint) as regretted_lines,
    cast(coalesce(o.complained_lines, 0) as bigint) as complained_lines
from add_lines as l
left join add_outcomes as o on l.sku_id = o.sku_id
