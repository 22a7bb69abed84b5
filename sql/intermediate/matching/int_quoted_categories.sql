-- One row: one agent and category, with the reasons that quote what her groups kept of it and what she took of it.
-- Why: matches and alternates quote the same words; few units ($quoted_units) or answers ($quoted_answers) say nothing.
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
),

list_kept as (
    select
        agent_id,
        category,
        'kept_share:category=' || replace(category, ',', ' ') || ',kept='
        || cast(cast((delivered_units - returned_units) / cast(delivered_units as double) as decimal(5, 2)) as varchar)
        || ',units=' || cast(delivered_units as varchar) as kept
    from night.int_agent_category_outcomes
    where delivered_units >= $quoted_units
),

list_liked as (
    select
        agent_id,
        category,
        'like_taken:category=' || replace(category, ',', ' ') || ',taken=' || cast(taken as varchar)
        || ',answered=' || cast(answered as varchar) as liked
    from count_answers
    where taken >= $quoted_answers and 2 * taken > answered
)

select
    coalesce(k.agent_id, l.agent_id) as agent_id,
    coalesce(k.category, l.category) as category,
    k.kept,
    l.liked
from list_kept as k
full join list_liked as l on k.agent_id = l.agent_id and k.category = l.category
