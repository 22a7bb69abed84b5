-- One row: one SKU with the newest stock figure known at the end of $as_of_date; oversold is nothing to sell.
-- Why: Monday's figure holds on Wednesday too. Of two counts of one day the later batch's holds, else the smaller.
select
    sku_id,
    as_of_date,
    -- Systems write the greatest number that they have where stock is without limit.
    least(greatest(sellable_units, 0), 1000000000) as sellable_units
from source.inventory
where known_on <= $as_of_date
qualify row_number() over (partition by sku_id order by as_of_date desc, drop_seq desc, sellable_units asc) = 1
