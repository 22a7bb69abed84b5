-- One row: one SKU with the newest stock figure known at the end of $as_of_date.
-- Why: stock is dated, not versioned: a SKU counted on Monday still has Monday's figure on Wednesday.
select
    sku_id,
    as_of_date,
    sellable_units
from source.inventory
where known_on <= $as_of_date
qualify row_number() over (partition by sku_id order by as_of_date desc, row_hash desc) = 1
