-- One row: a SKU that an agent was given for a list date, with what she said of it, and whether she was seen to post it.
-- Why: silence is evidence only on days on which posts of hers are known, and somebody's of that SKU: it was for sale.
with list_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on
    from history.posts
    where posted_on > $answered_after and posted_on <= $as_of_date
),

list_seen_agents as (
    select distinct
        agent_id,
        posted_on
    from list_posts
),

list_seen_skus as (
    select distinct
        sku_id,
        posted_on
    from list_posts
),

list_answers as (
    select
        agent_id,
        sku_id,
        list_date,
        answer,
        reason_code
    from night.stg_match_answers
    where answer <> 'own_pick' and list_date > $answered_after and list_date <= $as_of_date
),

-- Given, posted and answered side by side: one grouping of them costs a fifth of their joins.
list_all as (
    select
        m.agent_id,
        m.sku_id,
        m.list_date,
        1 as given,
        0 as posted,
        cast(null as varchar) as answer,
        cast(null as varchar) as reason_code
    from history.matched as m
    inner join list_seen_skus as s on m.sku_id = s.sku_id and m.list_date = s.posted_on
    union all
    select
        agent_id,
        sku_id,
        posted_on as list_date,
        0 as given,
        1 as posted,
        cast(null as varchar) as answer,
        cast(null as varchar) as reason_code
    from list_posts
    union all
    select
        agent_id,
        sku_id,
        list_date,
        1 as given,
        0 as posted,
        answer,
        reason_code
    from list_answers
),

gather_rows as (
    select
        agent_id,
        sku_id,
        list_date,
        max(given) as given,
        max(posted) as posted,
        max(answer) as answer,
        max(reason_code) as reason_code
    from list_all
    group by agent_id, sku_id, list_date
),

see_rows as (
    select
        r.agent_id,
        r.sku_id,
        r.list_date,
        r.answer,
        r.reason_code,
        case when a.agent_id is not null and s.sku_id is not null then r.posted end as posted
    from gather_rows as r
    left join list_seen_agents as a on r.agent_id = a.agent_id and r.list_date = a.posted_on
    left join list_seen_skus as s on r.sku_id = s.sku_id and r.list_date = s.posted_on
    where r.given = 1
)

select
    agent_id,
    sku_id,
    list_date,
    answer,
    reason_code,
    cast(posted = 1 as boolean) as is_posted,
    sum(case when answer = 'accepted' then posted end) over (partition by agent_id)
    / nullif(
        cast(count(case when answer = 'accepted' then posted end) over (partition by agent_id) as double), 0
    ) as shown_share
from see_rows
where answer is not null or posted is not null
