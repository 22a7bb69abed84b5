-- One row: a SKU that was kept off the list and is more likely than not a landmine, those that cost most first.
-- Why: a SKU without outcomes of its own is only suspected, and the report shows only findings.
select
    sku_id,
    title,
    category,
    supplier_id,
    list_price,
    regret_rate,
    regret_rate_lower,
    regret_rate_upper,
    landmine_ceiling,
    landmine_probability,
    evidence_orders,
    evidence_messages,
    reasons
from night.sku_scorecard
where decision = 'not_listed' and landmine_probability > 0.5 and not prior_only
order by evidence_orders * regret_rate desc, sku_id
limit $shown
