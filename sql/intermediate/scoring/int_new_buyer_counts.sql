-- One row: one SKU by its number and one period of deliveries: lines and regrets, of all buyers and of new ones.
-- Why: bursts of new buyers show here; periods are those of the calendar, so that a finding stays from night to night.
select
    n.sku_number as sku,
    cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
        as period,
    count(*) as lines,
    count(*) filter (where t.fault_requested_on is not null or c.order_line_id is not null) as regrets,
    count(b.customer_id) as new_lines,
    count(b.customer_id) filter (where t.fault_requested_on is not null or c.order_line_id is not null) as new_regrets
from history.order_line_timeline as t
inner join night.int_sku_numbers as n on t.sku_id = n.sku_id
left join night.int_new_buyers as b on t.customer_id = b.customer_id
left join night.int_complaints as c on t.order_line_id = c.order_line_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.delivered_on <= $as_of_date
group by n.sku_number, period
order by n.sku_number, period
