-- One row: one of the $shown SKUs whose measure differs most between two runs.
-- Why: a mean hides the one SKU that turned; the sum of both values would rank large numbers first.
select
    measure,
    sku_id,
    title,
    value_before,
    value_after
from night.compared_measures
where value_before <> value_after
qualify row_number() over (partition by measure order by abs(value_after - value_before) desc, sku_id asc) <= $shown
order by measure, abs(value_after - value_before) desc, sku_id
