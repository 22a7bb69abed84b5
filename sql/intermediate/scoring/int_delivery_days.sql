-- One row: one SKU and one day on which lines of it were delivered.
-- Why: exposure, drift detection and change points all read every delivery of the history; in numbers it is read at a third.
select
    n.sku_number,
    n.category_number,
    cast(date_diff('day', d.delivered_on, $as_of_date) as integer) as age_days,
    cast(d.delivered_lines as integer) as delivered_lines
from night.int_sku_daily as d
inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
where d.delay_days is null
