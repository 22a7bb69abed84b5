-- One row: one SKU by its number and one period of deliveries: lines and regrets, of all buyers and of new ones.
-- Why: bursts of new buyers show here; periods are those of the calendar, so that a finding stays from night to night.
with mark_lines as (
    select
        l.sku_number,
        l.period,
        l.is_regretted,
        coalesce(b.is_new, not l.is_unpaid) as is_new
    from temp.int_sale_lines as l
    left join night.int_buyers as b on l.customer_number = b.customer_number
    where l.sku_number >= 0
)

select
    sku_number as sku,
    period,
    count(*) as lines,
    count(*) filter (where is_regretted) as regrets,
    count(*) filter (where is_new) as new_lines,
    count(*) filter (where is_new and is_regretted) as new_regrets
from mark_lines
group by sku_number, period
order by sku_number, period
