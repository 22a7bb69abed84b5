-- One row: one SKU that an agent is known to have posted on one day after $posts_before.
-- Why: without posts in the chat her matches count; where there are many, on every $every th day if she does not teach.
with list_chat_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on,
        cast('chat' as varchar) as basis
    from history.posts
    where posted_on > $posts_before and posted_on <= $as_of_date
),

number_agents as (
    select
        a.agent_id,
        row_number() over (order by a.agent_id) as agent_number,
        t.agent_id is not null as is_teacher
    from night.stg_agents as a
    left join night.int_teachers as t on a.agent_id = t.agent_id
),

list_matched as (
    select distinct
        g.agent_id,
        g.sku_id,
        g.list_date as posted_on,
        cast('matched' as varchar) as basis
    from history.matched as g
    inner join number_agents as n on g.agent_id = n.agent_id
    where
        g.list_date > $posts_before
        and g.list_date <= $as_of_date
        and (
            n.is_teacher
            or (n.agent_number + date_diff('day', cast($posts_before as date), g.list_date)) % nullif($every, 0) = 0
        )
        and not exists (
            select 1 from list_chat_posts as p
            where p.agent_id = g.agent_id and p.posted_on = g.list_date
        )
)

select
    agent_id,
    sku_id,
    posted_on,
    basis
from list_chat_posts
union all
select
    agent_id,
    sku_id,
    posted_on,
    basis
from list_matched
