-- One row: a SKU that agents proposed for the list date and one answer to it, those that most agents got first.
-- Why: which good SKUs agents miss and what they are refused for shows in a few rows, the table has every agent's.
select
    p.sku_id,
    g.title,
    p.decision,
    p.decision_code,
    p.reasons,
    count(*) over (partition by p.sku_id, p.decision_code) as agents
from night.pick_answers as p
left join night.stg_products as g on p.sku_id = g.sku_id
qualify row_number() over (partition by p.sku_id, p.decision_code order by p.agent_id) = 1
order by agents desc, p.sku_id asc, p.decision_code asc
limit $shown
