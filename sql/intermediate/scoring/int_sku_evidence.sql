-- One row: one SKU, sold today or not, with all its evidence: outcomes, feedback and demand.
-- Why: SKUs that are gone still inform the rates of their category, supplier and price band.
select
    p.sku_id,
    p.category,
    split_part(p.category, '/', 1) as department,
    p.supplier_id,
    cast(p.list_price as double) as list_price,
    coalesce(e.delivered_lines, 0) as delivered_lines,
    coalesce(e.witnesses, 0) as witnesses,
    coalesce(a.agents, 0) as agents,
    coalesce(e.return_exposure, 0) as return_exposure,
    coalesce(e.returned_lines, 0) as returned_lines,
    coalesce(e.plain_returned_lines, 0) as plain_returned_lines,
    coalesce(e.regret_exposure, 0) as regret_exposure,
    coalesce(e.regretted_lines, 0) as regretted_lines,
    coalesce(e.complained_lines, 0) as complained_lines,
    coalesce(e.excused_exposure, 0) as excused_exposure,
    coalesce(e.excused_regrets, 0) as excused_regrets,
    coalesce(v.happy_weight, 0) as happy_weight,
    coalesce(v.kept_weight, 0) as kept_weight,
    coalesce(f.evidence_messages, 0) as evidence_messages,
    coalesce(d.ordered_units, 0) as ordered_units,
    coalesce(d.posts, 0) as posts,
    s.fault_sku,
    s.fault_supplier,
    s.fault_agent,
    s.fault_logistics,
    s.fault_customer
from night.stg_products as p
left join night.int_exposure as e on p.sku_id = e.sku_id
left join night.int_sku_agents as a on p.sku_id = a.sku_id
left join night.int_sku_feedback as f on p.sku_id = f.sku_id
left join night.int_kept_votes as v on p.sku_id = v.sku_id
left join night.int_demand as d on p.sku_id = d.sku_id
left join night.int_fault_shares as s on p.sku_id = s.sku_id
