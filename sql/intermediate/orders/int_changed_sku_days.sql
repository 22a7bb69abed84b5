-- One row: one SKU and delivery day whose sums on $as_of_date may differ from those of $summed_on.
-- Why: what became known since, and what the last fold changed; all delays of such a day are summed again.
select
    sku_id,
    delivered_on
from history.daily_sku_outcomes
where known_on > $summed_on and known_on <= $as_of_date
union
select
    sku_id,
    delivered_on
from temp.int_daily_sku_deltas
