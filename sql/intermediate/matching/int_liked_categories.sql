-- One row: one agent and category of which she took most SKUs that she answered to, at least $quoted_answers.
-- Why: matches and alternates quote it.
with count_answers as (
    select
        h.agent_id,
        p.category,
        count(*) filter (where h.answer = 'accepted') as taken,
        count(*) as answered
    from night.int_answer_history as h
    inner join night.stg_products as p on h.sku_id = p.sku_id
    where h.answer is not null
    group by h.agent_id, p.category
)

select
    agent_id,
    category,
    taken,
    answered
from count_answers
where taken >= $quoted_answers and 2 * taken > answered
