-- One row: lines of one SKU delivered on one day that showed one kind of bad outcome after one delay, by witnesses.
-- Why: a line that is half a witness counts half, for its SKU and against it.
with weigh_lines as (
    select
        l.sku_key,
        l.delivered_on,
        l.return_days,
        l.fault_days,
        l.complaint_days,
        cast(coalesce(d.credibility, case when l.is_new then $new_weight else 1 end) * l.buyer_share as decimal(4, 3))
            as weight
    from night.int_sale_lines as l
    left join night.int_doubted_lines as d
        on
            l.sku_key = d.sku_key
            and l.period = d.period
            and l.agent_key = d.agent_key
            and l.customer_key = d.customer_key
    where l.return_days is not null or l.fault_days is not null or l.complaint_days is not null
),

add_lines as (
    select
        n.source_number as sku_number,
        l.delivered_on,
        l.return_days,
        l.fault_days,
        l.complaint_days,
        sum(l.weight - 1) as lines
    from weigh_lines as l
    inner join night.int_source_numbers as n on n.kind = 'sku' and l.sku_key = n.name_key
    where l.weight < 1
    group by n.source_number, l.delivered_on, l.return_days, l.fault_days, l.complaint_days
),

list_outcomes as (
    select
        'fault' as metric,
        n.sku_number,
        d.delivered_on,
        d.delay_days,
        cast(d.fault_lines as decimal(18, 3)) as lines
    from night.int_sku_daily as d
    inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
    where d.delay_days is not null and d.fault_lines <> 0
    union all
    select
        o.metric,
        n.sku_number,
        o.delivered_on,
        o.delay_days,
        cast(o.lines as decimal(18, 3)) as lines
    from night.int_sku_outcomes as o
    inner join night.int_sku_numbers as n on o.sku_id = n.sku_id
    union all
    select
        'return' as metric,
        sku_number,
        delivered_on,
        return_days as delay_days,
        lines
    from add_lines
    where return_days is not null
    union all
    select
        'fault' as metric,
        sku_number,
        delivered_on,
        fault_days as delay_days,
        lines
    from add_lines
    where fault_days is not null
    union all
    select
        'complaint' as metric,
        sku_number,
        delivered_on,
        complaint_days as delay_days,
        lines
    from add_lines
    where complaint_days is not null
    union all
    select
        'regret' as metric,
        sku_number,
        delivered_on,
        case when complaint_days < fault_days or fault_days is null then complaint_days else fault_days end
            as delay_days,
        lines
    from add_lines
    where fault_days is not null or complaint_days is not null
),

add_outcomes as (
    select
        metric,
        sku_number,
        delivered_on,
        delay_days,
        sum(lines) as lines
    from list_outcomes
    group by metric, sku_number, delivered_on, delay_days
    having sum(lines) <> 0
)

select
    o.metric,
    n.sku_id,
    o.delivered_on,
    o.delay_days,
    cast(o.lines as decimal(18, 3)) as lines
from add_outcomes as o
inner join night.int_sku_numbers as n on o.sku_number = n.sku_number
