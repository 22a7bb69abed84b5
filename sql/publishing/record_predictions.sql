-- One row: one list date on which a SKU was listed, what was predicted of it, and what its lines of that day turned out to be.
-- Why: a prediction is judged by the lines delivered on its own day; young lines count by the share of outcomes that has shown.
select
    p.sku_id,
    p.list_date,
    p.return_rate,
    p.regret_rate,
    p.landmine_probability,
    p.return_exposure,
    p.regret_exposure,
    p.returned_lines,
    p.regretted_lines
from night.int_predictions_due as p
where p.is_listed and p.list_date > cast($as_of_date - $weeks * 7 * interval 1 day as date)
order by p.sku_id, p.list_date
