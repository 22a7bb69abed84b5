-- One row: lines of one SKU delivered on one day that showed one kind of bad outcome after one delay.
-- Why: a complaint makes its line regretted once, at the first sign; a later fault return of that line is taken back.
with list_complaint_lines as (
    -- Lines of SKUs that nobody knows are of no SKU.
    select
        n.entity_id as sku_id,
        l.delivered_on,
        l.complaint_days,
        l.fault_days
    from night.int_sale_lines as l
    left join night.int_line_names as n on n.kind = 'sku' and l.sku_key = n.name_key
    where l.complaint_days is not null
),

list_regrets as (
    select
        sku_id,
        delivered_on,
        delay_days,
        fault_lines as lines
    from night.int_sku_daily
    where delay_days is not null and fault_lines <> 0
    union all
    select
        sku_id,
        delivered_on,
        complaint_days as delay_days,
        1 as lines
    from list_complaint_lines
    where fault_days is null or fault_days > complaint_days
    union all
    select
        sku_id,
        delivered_on,
        fault_days as delay_days,
        -1 as lines
    from list_complaint_lines
    where fault_days > complaint_days
)

select
    'return' as metric,
    sku_id,
    delivered_on,
    delay_days,
    returned_lines as lines
from night.int_sku_daily
where delay_days is not null and returned_lines <> 0
union all
select
    'regret' as metric,
    sku_id,
    delivered_on,
    delay_days,
    cast(sum(lines) as bigint) as lines
from list_regrets
group by sku_id, delivered_on, delay_days
having sum(lines) <> 0
union all
select
    'complaint' as metric,
    sku_id,
    delivered_on,
    complaint_days as delay_days,
    count(*) as lines
from list_complaint_lines
group by sku_id, delivered_on, complaint_days
