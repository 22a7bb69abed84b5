-- One row: a scored SKU that agents were given or spoke of, with what a lineup of agents and SKUs needs of it.
-- Why: columns as in int_scored_skus, so that one reader lines up agents with either.
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
where s.sku_id in (select h.sku_id from night.int_answer_history as h)
order by s.sku_id
