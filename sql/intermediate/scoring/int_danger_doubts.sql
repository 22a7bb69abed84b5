-- One row: one trusted report of danger, known since $first_on, that holds no SKU: nobody can tell which it means.
-- Why: what is not sure enough to act on is shown to people for some nights, so that it is not lost.
select
    r.report_id,
    r.known_on,
    r.reported_on,
    r.sku_id
from night.int_danger_reports as r
left join night.int_danger_holds as h on r.sku_id = h.sku_id
where not r.is_enough and h.sku_id is null and r.known_on >= $first_on
