-- One row: one SKU that is still available, with its newest measures, its earlier place, and why it must leave.
-- Why: leave_code is decided once, for the list, its reserves and the scorecard alike.
select
    o.sku_id,
    o.title,
    o.category,
    o.supplier_id,
    o.list_price,
    o.sellable_units,
    o.ban_id,
    o.danger_reports,
    o.danger_since_on,
    o.offer_until,
    o.offer_reason,
    n.score,
    n.return_rate,
    n.return_rate_lower,
    n.return_rate_upper,
    n.regret_rate,
    n.regret_rate_lower,
    n.regret_rate_upper,
    n.landmine_ceiling,
    n.landmine_probability,
    n.satisfaction,
    n.satisfaction_lower,
    n.satisfaction_upper,
    n.doubt_count,
    n.demand_per_post,
    n.happy_if_kept,
    n.evidence_orders,
    n.evidence_messages,
    n.prior_only,
    n.fault_sku,
    n.fault_supplier,
    n.fault_agent,
    n.fault_logistics,
    n.fault_customer,
    k.list_rank,
    k.role as base_role,
    k.reasons as base_reasons,
    coalesce(k.expected_kept_units, b.expected_kept_units, 0) as expected_kept_units,
    cast(
        case
            when $days_since = 0 then b.days_on_list
            when $days_since = 1 and k.sku_id is not null then b.days_on_list + 1
            else 0
        end
        as integer
    ) as days_on_list,
    b.decision_code as base_code,
    b.reasons as base_scorecard_reasons,
    g.reserve_rank,
    g.role as reserve_role,
    coalesce(g.spu_id, '') as spu_id,
    coalesce(g.title_key, '') as title_key,
    coalesce(g.is_cold_chain, false) as is_cold_chain,
    r.recalled_on,
    case
        when r.sku_id is not null then 'recalled'
        when o.ban_id is not null then 'banned_by_override'
        when o.danger_reports is not null then 'danger_reported'
        when o.offer_reason is not null then split_part(o.offer_reason, ':', 1)
        when o.sellable_units <= 0 then 'out_of_stock'
        when n.landmine_probability > $landmine_cap and not o.is_pin_approved then 'now_over_cap'
    end as leave_code
from night.offered as o
inner join history.newest_scores as n on o.sku_id = n.sku_id
left join history.base_list as k on o.sku_id = k.sku_id
left join history.base_scorecard as b on o.sku_id = b.sku_id
left join history.base_skus as g on o.sku_id = g.sku_id
left join history.recalls as r on o.sku_id = r.sku_id
order by o.sku_id
