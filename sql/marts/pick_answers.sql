-- One row: a SKU that an agent proposed for the list date, what became of it, and what would admit it.
-- Why: one of more than she has slots for may still be matched with her in the end, and then she is told so.
select
    p.agent_id,
    p.sku_id,
    case when m.sku_id is not null and p.decision = 'refused' then 'matched' else p.decision end as decision,
    case when m.sku_id is not null and p.decision = 'refused' then 'on_list' else p.decision_code end as decision_code,
    case when m.sku_id is not null and p.decision = 'refused' then array['on_list'] else p.reasons end as reasons
from night.int_pick_answers as p
left join night.agent_matches as m on p.agent_id = m.agent_id and p.sku_id = m.sku_id
