-- One row: one SKU of a supplier with one of the $alarms, with what was delivered and came of it before and since the alarm began.
-- Why: a supplier got worse if its SKUs got worse than their own past; new or other SKUs among its sales are no change.
with list_alarms as (
    select
        u.alarm.metric,
        u.alarm.supplier_id,
        u.alarm.since_on
    from unnest(cast($alarms as struct(metric varchar, supplier_id varchar, since_on date)[])) as u (alarm)
),

list_days as (
    select
        sku_id,
        delivered_on,
        0 as lines,
        lines as excused,
        0 as returned,
        case when regret_days <= $horizon_days then -lines else 0 end as regretted
    from night.int_outlier_lines
    union all
    select
        n.sku_id,
        cast($as_of_date - d.age_days * interval 1 day as date) as delivered_on,
        d.delivered_lines as lines,
        0 as excused,
        0 as returned,
        0 as regretted
    from night.int_delivery_days as d
    inner join night.int_sku_numbers as n on d.sku_number = n.sku_number
    union all
    select
        sku_id,
        delivered_on,
        0 as lines,
        0 as excused,
        case when metric = 'return' then lines else 0 end as returned,
        case when metric = 'regret' then lines else 0 end as regretted
    from night.int_witnessed_outcomes
    where delay_days <= $horizon_days
),

mark_days as (
    select
        a.metric,
        p.supplier_id,
        d.sku_id,
        d.delivered_on >= a.since_on as is_after,
        case when a.metric = 'return' then d.lines * c.return_share else (d.lines - d.excused) * c.regret_share end
            as exposure,
        case when a.metric = 'return' then d.returned else d.regretted end as events
    from list_alarms as a
    inner join night.stg_products as p on a.supplier_id = p.supplier_id
    inner join list_days as d on p.sku_id = d.sku_id
    inner join night.int_delay_curve as c
        on
            p.category = c.category
            and c.day = cast(least(date_diff('day', d.delivered_on, $as_of_date), $horizon_days) as integer)
)

select
    metric,
    supplier_id,
    sku_id,
    cast(coalesce(sum(exposure) filter (where not is_after), 0) as double) as exposure_before,
    cast(coalesce(sum(events) filter (where not is_after), 0) as double) as events_before,
    cast(coalesce(sum(exposure) filter (where is_after), 0) as double) as exposure_since,
    cast(coalesce(sum(events) filter (where is_after), 0) as double) as events_since
from mark_days
group by metric, supplier_id, sku_id
order by metric, sku_id
