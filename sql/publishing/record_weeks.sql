-- One row: one SKU's order lines delivered in one of the last $weeks weeks, and those returned of them so far.
-- Why: who looks at one SKU reads a trend of its outcomes from the run, while a night holds the warehouse.
with count_back as (
    select
        sku_id,
        cast(floor(date_diff('day', delivered_on, $as_of_date) / cast(7 as double)) as integer) as weeks_ago,
        delivered_lines,
        returned_lines,
        fault_lines
    from night.int_sku_daily
    where delivered_on <= $as_of_date
)

select
    sku_id,
    weeks_ago,
    cast(sum(delivered_lines) as bigint) as delivered_lines,
    cast(sum(returned_lines) as bigint) as returned_lines,
    cast(sum(fault_lines) as bigint) as fault_lines
from count_back
where weeks_ago < $weeks
group by sku_id, weeks_ago
order by sku_id, weeks_ago desc
