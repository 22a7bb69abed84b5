-- One row: one monitored group and one day on which lines of it were delivered.
-- Why: days are numbered from the first delivery of the platform, $days before tonight, as drift detection counts them.
with list_days as (
    -- The days of a SKU are rows already; only those of suppliers and categories are sums.
    select
        m.group_number,
        d.age_days,
        d.delivered_lines
    from night.int_delivery_days as d
    inner join night.int_drift_members as m on d.sku_number = m.sku_number
    where m.level = 'sku' and d.age_days <= $days
    union all
    select
        m.group_number,
        d.age_days,
        sum(d.delivered_lines) as delivered_lines
    from night.int_delivery_days as d
    inner join night.int_drift_members as m on d.sku_number = m.sku_number
    where m.level <> 'sku' and d.age_days <= $days
    group by m.group_number, d.age_days
)

select
    group_number,
    cast($days - age_days as integer) as day,
    cast(delivered_lines as double) as delivered
from list_days
order by group_number, day
