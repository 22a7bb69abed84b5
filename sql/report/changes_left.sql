-- One row: a SKU of the earlier list that the list made from it does not hold, in its earlier place.
-- Why: the reasons are those of the new scorecard; a SKU that is no candidate any more has none there.
select
    k.sku_id,
    k.title,
    k.category,
    s.reasons
from history.base_list as k
left join night.sku_list as l on k.sku_id = l.sku_id
left join night.sku_scorecard as s on k.sku_id = s.sku_id
where l.sku_id is null
order by k.list_rank
