-- One row: one SKU and one day on which lines of it were delivered, counted by witnesses.
-- Why: a line that is half a witness counts half; exposure, drift and change points read every delivery, in numbers.
with list_deliveries as (
    select
        n.sku_number,
        d.delivered_on,
        cast(d.delivered_lines as decimal(18, 3)) as lines
    from night.int_sku_daily as d
    inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
    where d.delay_days is null
    union all
    select
        n.source_number as sku_number,
        l.delivered_on,
        sum(l.weight - 1) as lines
    from temp.int_witness_lines as l
    inner join night.int_source_numbers as n on n.kind = 'sku' and l.sku_key = n.name_key
    where l.weight < 1
    group by n.source_number, l.delivered_on
),

add_deliveries as (
    select
        sku_number,
        delivered_on,
        sum(lines) as lines
    from list_deliveries
    group by sku_number, delivered_on
    having sum(lines) <> 0
)

select
    d.sku_number,
    n.category_number,
    cast(date_diff('day', d.delivered_on, $as_of_date) as integer) as age_days,
    cast(d.lines as decimal(18, 3)) as delivered_lines
from add_deliveries as d
inner join night.int_sku_numbers as n on d.sku_number = n.sku_number
