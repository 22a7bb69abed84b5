-- One row: a scored SKU with what draws agents' groups to it.
-- Why: segments form their demand over all goods that have a score, before there is a list.
select
    s.sku_id,
    s.category,
    s.list_price,
    s.style_tags,
    s.series_tags,
    s.satisfaction,
    s.return_rate,
    s.regret_rate,
    s.happy_if_kept,
    s.sellable_units,
    t.appeal,
    t.latent
from night.sku_scores as s
inner join night.choice_skus as t on s.sku_id = t.sku_id
order by s.sku_id
