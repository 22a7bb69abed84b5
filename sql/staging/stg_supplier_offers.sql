-- One row: one lot of end-of-line stock as its supplier offered it at the end of $as_of_date.
-- Why: the newest version holds; an offer that was taken back stays with 0 units, so that the SKU is known to have had one.
select
    offer_id,
    supplier_id,
    sku_id,
    -- Systems write the greatest number that they have where an offer is without limit.
    least(offered_units, 1000000000) as offered_units,
    valid_from,
    valid_until,
    updated_at
from source.supplier_offers
where known_on <= $as_of_date
qualify row_number() over (partition by offer_id order by updated_at desc, row_hash desc) = 1
