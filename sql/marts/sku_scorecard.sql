-- One row: one candidate of the night, listed or not, with every measure and what decided.
-- Why: a merchandiser who asks after a missing SKU finds it here, with what would have admitted it.
select
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.list_price,
    s.score,
    d.expected_kept_units,
    s.return_rate,
    s.return_rate_lower,
    s.return_rate_upper,
    s.regret_rate,
    s.regret_rate_lower,
    s.regret_rate_upper,
    s.landmine_ceiling,
    s.landmine_probability,
    s.satisfaction,
    s.satisfaction_lower,
    s.demand_per_post,
    s.happy_if_kept,
    s.evidence_orders,
    s.evidence_messages,
    s.sellable_units,
    c.days_on_list,
    s.prior_only,
    s.fault_sku,
    s.fault_supplier,
    s.fault_agent,
    s.fault_logistics,
    s.fault_customer,
    d.decision,
    d.decision_code,
    d.reasons,
    s.satisfaction_upper
from night.sku_scores as s
inner join night.int_selection_candidates as c on s.sku_id = c.sku_id
inner join night.selection_decisions as d on s.sku_id = d.sku_id
