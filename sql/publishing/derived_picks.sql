-- One row: what the earlier run said of a proposal, or what is true of it now.
-- Why: a SKU that left her matches is refused, and one that stepped into them is hers after all.
select
    p.agent_id,
    p.sku_id,
    case
        when m.sku_id is null then 'refused'
        when p.decision = 'refused' then 'matched'
        else p.decision
    end as decision,
    case
        when m.sku_id is null and p.decision <> 'refused' then 'pick_left'
        when m.sku_id is not null and p.decision = 'refused' then 'on_list'
        else p.decision_code
    end as decision_code,
    case
        when m.sku_id is null and p.decision <> 'refused' then array['pick_left']
        when m.sku_id is not null and p.decision = 'refused' then array['on_list']
        else p.reasons
    end as reasons
from history.base_picks as p
left join night.agent_matches as m on p.agent_id = m.agent_id and p.sku_id = m.sku_id
