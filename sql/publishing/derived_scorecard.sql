-- One row: one SKU that is still available, with its newest measures and what the new list decided about it.
-- Why: a SKU that had to leave has that reason first; the others keep the reasons of the night that scored them.
with give_reasons as (
    select
        g.sku_id,
        l.sku_id is not null as is_listed,
        case
            when l.sku_id is not null and g.list_rank is not null then g.base_code
            when l.sku_id is not null then 'listed_reserve'
            when g.leave_code is not null then g.leave_code
            when g.list_rank is not null then 'left_for_promise'
            else coalesce(g.base_code, 'not_considered')
        end as decision_code,
        case
            when l.sku_id is not null then l.reasons
            when g.leave_code = 'recalled'
                then array['recalled:recalled_on=' || cast(g.recalled_on as varchar)]
            when g.leave_code = 'banned_by_override' then array['banned_by_override:override_id=' || g.ban_id]
            when g.leave_code = 'danger_reported'
                then
                    array[
                        'danger_reported:reports=' || cast(g.danger_reports as varchar)
                        || ',since=' || cast(g.danger_since_on as varchar)
                    ]
            when g.leave_code = 'now_over_cap'
                then
                    array[
                        'now_over_cap:landmine_probability='
                        || cast(cast(g.landmine_probability as decimal(7, 4)) as varchar)
                        || ',cap=' || cast(cast($landmine_cap as decimal(7, 4)) as varchar)
                    ]
            when starts_with(g.leave_code, 'offer_') then array[g.offer_reason]
            when g.leave_code = 'out_of_stock' then array['out_of_stock']
            when g.list_rank is not null then array['left_for_promise']
            else coalesce(g.base_scorecard_reasons, array['not_considered'])
        end as reasons
    from night.derived_skus as g
    left join night.sku_list as l on g.sku_id = l.sku_id
)

select
    g.sku_id,
    g.title,
    g.category,
    g.supplier_id,
    g.list_price,
    g.score,
    g.expected_kept_units,
    g.return_rate,
    g.return_rate_lower,
    g.return_rate_upper,
    g.regret_rate,
    g.regret_rate_lower,
    g.regret_rate_upper,
    g.landmine_ceiling,
    g.landmine_probability,
    g.satisfaction,
    g.satisfaction_lower,
    g.demand_per_post,
    g.happy_if_kept,
    g.evidence_orders,
    g.evidence_messages,
    g.sellable_units,
    g.days_on_list,
    g.prior_only,
    g.fault_sku,
    g.fault_supplier,
    g.fault_agent,
    g.fault_logistics,
    g.fault_customer,
    case when r.is_listed then 'listed' else 'not_listed' end as decision,
    r.decision_code,
    r.reasons,
    g.satisfaction_upper,
    g.doubt_count,
    g.offer_until
from night.derived_skus as g
inner join give_reasons as r on g.sku_id = r.sku_id
