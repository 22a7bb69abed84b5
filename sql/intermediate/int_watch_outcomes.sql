-- One row: one watched group and one day: outcomes by day of delivery and of arrival, and culprits' lines.
-- Why: watching goes by arrival, the day on which the platform could know; the break is then sought by delivery.
with sign_outcomes as (
    select
        sku_id,
        delivered_on,
        delay_days,
        metric,
        lines
    from night.int_sku_outcomes
    where delay_days <= $horizon_days
    union all
    select
        sku_id,
        delivered_on,
        regret_days as delay_days,
        'regret' as metric,
        -lines as lines
    from night.int_culprit_lines
    where regret_days <= $horizon_days
),

list_outcomes as (
    select
        sku_id,
        delivered_on as day,
        metric,
        lines as caused,
        0 as arrived,
        0 as excused
    from sign_outcomes
    union all
    select
        sku_id,
        cast(delivered_on + delay_days * interval 1 day as date) as day,
        metric,
        0 as caused,
        lines as arrived,
        0 as excused
    from sign_outcomes
    union all
    select
        sku_id,
        delivered_on as day,
        '' as metric,
        0 as caused,
        0 as arrived,
        lines as excused
    from night.int_culprit_lines
)

select
    m.group_number,
    cast(date_diff('day', $first_on, o.day) as integer) as day,
    cast(coalesce(sum(o.caused) filter (where o.metric = 'return'), 0) as integer) as return_caused,
    cast(coalesce(sum(o.caused) filter (where o.metric = 'regret'), 0) as integer) as regret_caused,
    cast(coalesce(sum(o.arrived) filter (where o.metric = 'return'), 0) as integer) as return_arrived,
    cast(coalesce(sum(o.arrived) filter (where o.metric = 'regret'), 0) as integer) as regret_arrived,
    cast(coalesce(sum(o.arrived) filter (where o.metric = 'complaint'), 0) as integer) as complaint_arrived,
    cast(sum(o.excused) as integer) as excused
from list_outcomes as o
inner join night.int_watch_members as m on o.sku_id = m.sku_id
where o.day <= $as_of_date and o.day >= $first_on
group by m.group_number, o.day
