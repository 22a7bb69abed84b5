-- One row: deliveries of one SKU on one day, or one kind of outcome of them after one delay, counted by witnesses.
-- Why: a line that is half a witness counts half, for its SKU and against it; delay_days is null for the deliveries.
with list_parts as (
    select
        'delivered' as metric,
        d.sku_id,
        d.delivered_on,
        cast(null as integer) as delay_days,
        cast(d.delivered_lines as decimal(18, 3)) as lines
    from night.int_sku_daily as d
    where d.delay_days is null
    union all
    select
        'fault' as metric,
        d.sku_id,
        d.delivered_on,
        d.delay_days,
        cast(d.fault_lines as decimal(18, 3)) as lines
    from night.int_sku_daily as d
    where d.delay_days is not null and d.fault_lines <> 0
    union all
    select
        metric,
        sku_id,
        delivered_on,
        delay_days,
        cast(lines as decimal(18, 3)) as lines
    from night.int_sku_outcomes
    union all
    select
        'delivered' as metric,
        sku_id,
        delivered_on,
        cast(null as integer) as delay_days,
        weight - 1 as lines
    from night.int_witness_lines
    union all
    select
        'return' as metric,
        sku_id,
        delivered_on,
        return_days as delay_days,
        weight - 1 as lines
    from night.int_witness_lines
    where return_days is not null
    union all
    select
        'fault' as metric,
        sku_id,
        delivered_on,
        fault_days as delay_days,
        weight - 1 as lines
    from night.int_witness_lines
    where fault_days is not null
    union all
    select
        'complaint' as metric,
        sku_id,
        delivered_on,
        complaint_days as delay_days,
        weight - 1 as lines
    from night.int_witness_lines
    where complaint_days is not null
    union all
    select
        'regret' as metric,
        sku_id,
        delivered_on,
        case when complaint_days < fault_days or fault_days is null then complaint_days else fault_days end
            as delay_days,
        weight - 1 as lines
    from night.int_witness_lines
    where fault_days is not null or complaint_days is not null
)

select
    metric,
    sku_id,
    delivered_on,
    delay_days,
    cast(sum(lines) as decimal(18, 3)) as lines
from list_parts
group by metric, sku_id, delivered_on, delay_days
having sum(lines) <> 0
