-- One row: one SKU that is a candidate or listed in one of two runs, with its place, its decision and its measures in both.
-- Why: whatever is said of two runs beside each other follows from this one set, read from their folders alone.
with list_skus as (
    select s.sku_id from night.before_scorecard as s
    union distinct
    select s.sku_id from night.after_scorecard as s
    union distinct
    select s.sku_id from night.before_list as s
    union distinct
    select s.sku_id from night.after_list as s
),

count_before as (
    select
        m.sku_id,
        count(*) as agents
    from night.before_matches as m
    group by m.sku_id
),

count_after as (
    select
        m.sku_id,
        count(*) as agents
    from night.after_matches as m
    group by m.sku_id
)

select
    k.sku_id,
    coalesce(a.title, al.title, b.title, bl.title) as title,
    coalesce(a.category, al.category, b.category, bl.category) as category,
    coalesce(a.supplier_id, al.supplier_id, b.supplier_id, bl.supplier_id) as supplier_id,
    coalesce(b.sku_id, bl.sku_id) is not null as is_known_before,
    coalesce(a.sku_id, al.sku_id) is not null as is_known_after,
    bl.list_rank as list_rank_before,
    al.list_rank as list_rank_after,
    bl.role as role_before,
    al.role as role_after,
    b.decision_code as decision_code_before,
    a.decision_code as decision_code_after,
    coalesce(b.reasons, bl.reasons) as reasons_before,
    coalesce(a.reasons, al.reasons) as reasons_after,
    coalesce(b.return_rate, bl.return_rate) as return_rate_before,
    coalesce(a.return_rate, al.return_rate) as return_rate_after,
    coalesce(b.regret_rate, bl.regret_rate) as regret_rate_before,
    coalesce(a.regret_rate, al.regret_rate) as regret_rate_after,
    coalesce(b.landmine_probability, bl.landmine_probability) as landmine_probability_before,
    coalesce(a.landmine_probability, al.landmine_probability) as landmine_probability_after,
    coalesce(b.satisfaction, bl.satisfaction) as satisfaction_before,
    coalesce(a.satisfaction, al.satisfaction) as satisfaction_after,
    coalesce(b.score, bl.score) as score_before,
    coalesce(a.score, al.score) as score_after,
    coalesce(b.expected_kept_units, bl.expected_kept_units) as expected_kept_units_before,
    coalesce(a.expected_kept_units, al.expected_kept_units) as expected_kept_units_after,
    coalesce(b.evidence_orders, bl.evidence_orders) as evidence_orders_before,
    coalesce(a.evidence_orders, al.evidence_orders) as evidence_orders_after,
    coalesce(b.evidence_messages, bl.evidence_messages) as evidence_messages_before,
    coalesce(a.evidence_messages, al.evidence_messages) as evidence_messages_after,
    coalesce(b.sellable_units, bl.sellable_units) as sellable_units_before,
    coalesce(a.sellable_units, al.sellable_units) as sellable_units_after,
    case when bl.sku_id is not null then coalesce(cb.agents, 0) end as agents_before,
    case when al.sku_id is not null then coalesce(ca.agents, 0) end as agents_after,
    case
        when al.sku_id is null and bl.sku_id is null then 'off'
        when bl.sku_id is null then 'in'
        when al.sku_id is null then 'out'
        when al.list_rank <> bl.list_rank or al.role <> bl.role then 'moved'
        else 'stayed'
    end as move
from list_skus as k
left join night.before_scorecard as b on k.sku_id = b.sku_id
left join night.after_scorecard as a on k.sku_id = a.sku_id
left join night.before_list as bl on k.sku_id = bl.sku_id
left join night.after_list as al on k.sku_id = al.sku_id
left join count_before as cb on k.sku_id = cb.sku_id
left join count_after as ca on k.sku_id = ca.sku_id
order by k.sku_id
