-- One row: one monitored group and one day: outcomes that arrived and outlier sources' lines; of SKUs also those it caused.
-- Why: drift is detected by arrival, the day on which the platform could know; a SKU's break is then dated by delivery.
with sign_outcomes as (
    select
        sku_id,
        delivered_on,
        delay_days,
        case when metric = 'return' then lines else 0 end as returned,
        case when metric = 'regret' then lines else 0 end as regretted,
        case when metric = 'complaint' then lines else 0 end as complained
    from night.int_witnessed_outcomes
    where metric <> 'fault' and delay_days <= $horizon_days
    union all
    select
        sku_id,
        delivered_on,
        regret_days as delay_days,
        0 as returned,
        -lines as regretted,
        0 as complained
    from night.int_outlier_lines
    where regret_days <= $horizon_days
),

number_outcomes as (
    select
        n.sku_number,
        cast(date_diff('day', $first_on, o.delivered_on) as integer) as delivered_day,
        cast(date_diff('day', $first_on, o.delivered_on) + o.delay_days as integer) as arrived_day,
        o.returned,
        o.regretted,
        o.complained
    from sign_outcomes as o
    inner join night.int_sku_numbers as n on o.sku_id = n.sku_id
    where o.delivered_on >= $first_on
),

list_outcomes as (
    select
        m.group_number,
        o.arrived_day as day,
        0 as return_caused,
        0 as regret_caused,
        o.returned as return_arrived,
        o.regretted as regret_arrived,
        o.complained as complaint_arrived,
        0 as excused
    from number_outcomes as o
    inner join night.int_drift_members as m on o.sku_number = m.sku_number
    union all
    select
        m.group_number,
        o.delivered_day as day,
        o.returned as return_caused,
        o.regretted as regret_caused,
        0 as return_arrived,
        0 as regret_arrived,
        0 as complaint_arrived,
        0 as excused
    from number_outcomes as o
    inner join night.int_drift_members as m on o.sku_number = m.sku_number and m.level = 'sku'
    union all
    select
        m.group_number,
        cast(date_diff('day', $first_on, l.delivered_on) as integer) as day,
        0 as return_caused,
        0 as regret_caused,
        0 as return_arrived,
        0 as regret_arrived,
        0 as complaint_arrived,
        l.lines as excused
    from night.int_outlier_lines as l
    inner join night.int_sku_numbers as n on l.sku_id = n.sku_id
    inner join night.int_drift_members as m on n.sku_number = m.sku_number
)

select
    group_number,
    day,
    cast(sum(return_caused) as double) as return_caused,
    cast(sum(regret_caused) as double) as regret_caused,
    cast(sum(return_arrived) as double) as return_arrived,
    cast(sum(regret_arrived) as double) as regret_arrived,
    cast(sum(complaint_arrived) as double) as complaint_arrived,
    cast(sum(excused) as double) as excused
from list_outcomes
where day >= 0 and day <= $days
group by group_number, day
order by group_number, day
