-- One row: one SKU that an agent is known to have posted on one day after $posts_before.
-- Why: where the chat has no post of an agent on a day, her matches for it count as posts.
with list_chat_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on,
        cast('chat' as varchar) as basis
    from history.posts
    where posted_on > $posts_before and posted_on <= $as_of_date
),

list_matched as (
    select distinct
        g.agent_id,
        g.sku_id,
        g.list_date as posted_on,
        cast('matched' as varchar) as basis
    from history.matched as g
    where
        g.list_date > $posts_before
        and g.list_date <= $as_of_date
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
