-- One row: one SKU and one day on which lines of it were delivered.
-- Why: exposure, drift and change points read every delivery, counted by witnesses; in numbers it is read at a third.
select
    n.sku_number,
    n.category_number,
    cast(date_diff('day', d.delivered_on, $as_of_date) as integer) as age_days,
    d.lines as delivered_lines
from night.int_witnessed_outcomes as d
inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
where d.metric = 'delivered'
