-- One row: one agent and category of the list with what her groups kept of it and what she took of it, where it is told.
-- Why: matches and alternates quote it; few units ($quoted_units) or answers ($quoted_answers) say nothing.
with list_categories as (
    select distinct category
    from night.sku_list
),

number_categories as (
    select
        category,
        cast(row_number() over (order by category) as integer) as category_number
    from list_categories
),

number_skus as (
    select
        p.sku_id,
        n.category_number
    from night.stg_products as p
    inner join number_categories as n on p.category = n.category
),

add_units as (
    select
        d.agent_id,
        n.category_number,
        sum(d.delivered_units) as delivered_units,
        sum(d.returned_units) as returned_units
    from night.int_agent_daily as d
    inner join number_skus as n on d.sku_id = n.sku_id
    group by d.agent_id, n.category_number
    having sum(d.delivered_units) >= $quoted_units
),

count_answers as (
    select
        h.agent_id,
        n.category_number,
        count(*) filter (where h.answer = 'accepted') as taken,
        count(*) as answered
    from night.int_answer_history as h
    inner join number_skus as n on h.sku_id = n.sku_id
    where h.answer is not null
    group by h.agent_id, n.category_number
),

list_liked as (
    select
        agent_id,
        category_number,
        taken,
        answered
    from count_answers
    where taken >= $quoted_answers and 2 * taken > answered
),

list_quoted as (
    select
        coalesce(u.agent_id, l.agent_id) as agent_id,
        coalesce(u.category_number, l.category_number) as category_number,
        u.delivered_units,
        u.returned_units,
        l.taken,
        l.answered
    from add_units as u
    full join list_liked as l on u.agent_id = l.agent_id and u.category_number = l.category_number
)

select
    q.agent_id,
    n.category,
    cast(q.delivered_units as bigint) as delivered_units,
    cast(q.returned_units as bigint) as returned_units,
    q.taken,
    q.answered
from list_quoted as q
inner join number_categories as n on q.category_number = n.category_number
