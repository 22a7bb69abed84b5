-- One row: a scored SKU with what a lineup of agents and SKUs needs of it.
-- Why: segments form their demand over all SKUs that have a score, before there is a list.
select
    s.sku_id,
    s.category,
    s.list_price,
    s.style_tags,
    s.series_tags,
    coalesce(s.satisfaction_upper, s.satisfaction) as satisfaction,
    s.landmine_probability,
    s.return_rate,
    s.regret_rate,
    s.happy_if_kept,
    s.sellable_units
from night.sku_scores as s
order by s.sku_id
