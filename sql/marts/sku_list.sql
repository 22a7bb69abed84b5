-- One row: one SKU of tomorrow's list, best first.
-- Why: rank follows the value of one post, the figure that agents and merchandisers compare; ties go by sku_id.
select
    cast(row_number() over (order by c.score desc, c.sku_id) as integer) as list_rank,
    c.sku_id,
    c.title,
    c.category,
    c.supplier_id,
    c.list_price,
    d.role,
    c.score,
    d.expected_kept_units,
    c.return_rate,
    c.return_rate_upper,
    c.regret_rate,
    c.regret_rate_upper,
    c.landmine_probability,
    c.satisfaction,
    c.satisfaction_lower,
    c.evidence_orders,
    c.evidence_messages,
    c.sellable_units,
    c.days_on_list,
    d.reasons
from night.int_selection_candidates as c
inner join night.selection_decisions as d on c.sku_id = d.sku_id
where d.decision = 'listed'
