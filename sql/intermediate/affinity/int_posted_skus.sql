-- One row: a SKU that an agent of this night had posted on a day, with its sales, days counted from $first_on.
-- Why: a posted set is the rows of one agent and day, which stand together; goods and agents that are gone teach nothing.
select
    p.agent_id,
    p.sku_id,
    date_diff('day', cast($first_on as date), p.posted_on) as day,
    p.ordered_units,
    p.stands_for,
    p.basis = 'chat' as is_seen
from night.int_agent_posts as p
inner join night.int_agent_personas as a on p.agent_id = a.agent_id
inner join night.int_agent_skus as g on p.sku_id = g.sku_id
order by p.agent_id, p.posted_on, p.sku_id, p.basis, p.ordered_units
