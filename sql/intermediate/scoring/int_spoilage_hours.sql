-- One row: lines of a perishable SKU that waited so many whole hours, and how many of them spoiled.
-- Why: that goods have spoiled is said when the bag is opened; lines of the last $settled_days days may still say so.
select
    sku_id,
    cast(floor((waited_minutes + 30) / cast(60 as double)) as integer) as hours,
    cast(count(*) as bigint) as lines,
    cast(count(*) filter (where is_spoiled) as bigint) as spoiled
from temp.int_waited_lines
where is_perishable and delivered_on <= cast($as_of_date - $settled_days * interval 1 day as date)
group by sku_id, cast(floor((waited_minutes + 30) / cast(60 as double)) as integer)
order by sku_id, hours
