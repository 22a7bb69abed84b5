-- One row: one candidate that is held for danger, those reported most first.
-- Why: people have to look at each of them before it may be listed again.
select
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.list_price,
    s.decision_code,
    s.reasons
from night.sku_scorecard as s
inner join night.int_danger_holds as h on s.sku_id = h.sku_id
where s.decision_code = 'danger_reported'
order by h.reports desc, s.sku_id
