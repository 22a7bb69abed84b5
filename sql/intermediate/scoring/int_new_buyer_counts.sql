-- One row: one SKU by its number and one period of deliveries: lines and regrets, of all buyers and of new ones.
-- Why: bursts of new buyers show here; periods are those of the calendar, so that a finding stays from night to night.
with count_lines as (
    select
        sku_key,
        period,
        count(*) as lines,
        count(*) filter (where fault_days is not null or complaint_days is not null) as regrets,
        count(*) filter (where is_new) as new_lines,
        count(*) filter (where is_new and (fault_days is not null or complaint_days is not null)) as new_regrets
    from night.int_sale_lines
    group by sku_key, period
)

select
    n.source_number as sku,
    c.period,
    c.lines,
    c.regrets,
    c.new_lines,
    c.new_regrets
from count_lines as c
inner join night.int_source_numbers as n on n.kind = 'sku' and c.sku_key = n.name_key
order by sku, c.period
