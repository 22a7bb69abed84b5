-- One row: a day of a SKU of an agent who teaches or posts nothing in the chat, else of a SKU that she is known to post.
-- Why: such days, of which choices are learnt, are few among all days of all agents, which are so read once.
with list_whole as (
    select
        a.agent_id,
        t.agent_id is not null as is_teacher
    from night.stg_agents as a
    left join night.int_teachers as t on a.agent_id = t.agent_id
    where
        t.agent_id is not null
        or not exists (
            select 1 from temp.int_recorded_posts as p
            where p.basis = 'chat' and p.agent_id = a.agent_id
        )
),

list_pairs as (
    select distinct
        agent_id,
        sku_id
    from temp.int_recorded_posts
    where agent_id not in (select w.agent_id from list_whole as w)
)

select
    s.agent_id,
    s.sku_id,
    s.ordered_on,
    s.ordered_units,
    s.delivered_units,
    s.returned_units,
    s.fault_lines,
    w.is_teacher
from night.int_agent_daily as s
inner join list_whole as w on s.agent_id = w.agent_id
union all
select
    s.agent_id,
    s.sku_id,
    s.ordered_on,
    s.ordered_units,
    s.delivered_units,
    s.returned_units,
    s.fault_lines,
    false as is_teacher
from night.int_agent_daily as s
inner join list_pairs as p on s.agent_id = p.agent_id and s.sku_id = p.sku_id
