-- One row: one SKU of tomorrow's list, best first.
-- Why: rank follows the value of one post, the figure that agents and merchandisers compare; ties go by sku_id.
select
    cast(row_number() over (order by s.score desc, s.sku_id) as integer) as list_rank,
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.list_price,
    d.role,
    s.score,
    d.expected_kept_units,
    s.return_rate,
    s.return_rate_upper,
    s.regret_rate,
    s.regret_rate_upper,
    s.landmine_probability,
    s.satisfaction,
    s.satisfaction_lower,
    s.evidence_orders,
    s.evidence_messages,
    s.sellable_units,
    c.days_on_list,
    d.reasons,
    p.promise_asked as promise,
    p.promise_confidence,
    p.promise_bound,
    p.can_promise,
    p.promise_reasons,
    s.satisfaction_upper,
    s.doubt_count,
    s.offer_until
from night.sku_scores as s
inner join night.int_selection_candidates as c on s.sku_id = c.sku_id
inner join night.selection_decisions as d on s.sku_id = d.sku_id
cross join night.assortment_certificate as p
where d.decision = 'listed'
