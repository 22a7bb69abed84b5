-- One row: one watched group and one day: lines delivered on it, and outcomes by day of delivery and of arrival.
-- Why: watching goes by arrival, the day on which the platform could know; the break is then sought by delivery.
with number_skus as (
    select p.sku_id, g.group_number
    from night.stg_products as p
    inner join night.int_watch_groups as g
        on g.level = 'kind' and p.supplier_id = g.supplier_id and p.category = g.category
    union all
    select sku_id, group_number
    from night.int_watch_groups
    where level = 'sku'
),

list_lines as (
    select sku_id, delivered_on as day, '' as metric, delivered_lines as delivered, 0 as extra, 0 as caused, 0 as arrived
    from night.int_sku_daily
    where delay_days is null
    union all
    select sku_id, delivered_on as day, '' as metric, 0 as delivered, extra_lines as extra, 0 as caused, 0 as arrived
    from night.int_culprit_lines
    union all
    select sku_id, delivered_on as day, metric, 0 as delivered, 0 as extra, lines as caused, 0 as arrived
    from night.int_sku_outcomes
    where delay_days <= $horizon_days
    union all
    select
        sku_id,
        cast(delivered_on + delay_days * interval 1 day as date) as day,
        metric,
        0 as delivered,
        0 as extra,
        0 as caused,
        lines as arrived
    from night.int_sku_outcomes
    where delay_days <= $horizon_days
)

select
    g.group_number,
    cast(date_diff('day', $first_on, l.day) as integer) as day,
    cast(sum(l.delivered) as integer) as delivered,
    cast(sum(l.extra) as double) as extra,
    cast(coalesce(sum(l.caused) filter (where l.metric = 'return'), 0) as integer) as return_caused,
    cast(coalesce(sum(l.caused) filter (where l.metric = 'regret'), 0) as integer) as regret_caused,
    cast(coalesce(sum(l.caused) filter (where l.metric = 'complaint'), 0) as integer) as complaint_caused,
    cast(coalesce(sum(l.arrived) filter (where l.metric = 'return'), 0) as integer) as return_arrived,
    cast(coalesce(sum(l.arrived) filter (where l.metric = 'regret'), 0) as integer) as regret_arrived,
    cast(coalesce(sum(l.arrived) filter (where l.metric = 'complaint'), 0) as integer) as complaint_arrived
from list_lines as l
inner join number_skus as g on l.sku_id = g.sku_id
where l.day <= $as_of_date
group by g.group_number, l.day
