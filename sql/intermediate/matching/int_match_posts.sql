-- One row: a SKU that an agent was matched with lately, on how many days she could be seen to post it, and on how many
-- she did. Why: silence counts only on days on which posts of hers are known, and somebody's of that SKU: it was for sale.
with list_seen_agents as (
    select distinct
        agent_id,
        posted_on
    from history.posts
    where posted_on > $matched_after and posted_on <= $as_of_date
),

list_seen_skus as (
    select distinct
        p.sku_id,
        p.posted_on
    from history.posts as p
    inner join night.sku_list as l on p.sku_id = l.sku_id
    where p.posted_on > $matched_after and p.posted_on <= $as_of_date
),

-- Given and posted side by side: one grouping of both costs a fifth of their join.
list_both as (
    select
        m.agent_id,
        m.sku_id,
        m.list_date as seen_on,
        1 as given,
        0 as posted
    from history.matched as m
    inner join list_seen_skus as s on m.sku_id = s.sku_id and m.list_date = s.posted_on
    union all
    select
        p.agent_id,
        p.sku_id,
        p.posted_on as seen_on,
        0 as given,
        1 as posted
    from history.posts as p
    inner join list_seen_skus as s on p.sku_id = s.sku_id and p.posted_on = s.posted_on
),

gather_days as (
    select
        agent_id,
        sku_id,
        seen_on,
        max(given) as given,
        max(posted) as posted
    from list_both
    group by agent_id, sku_id, seen_on
)

select
    d.agent_id,
    d.sku_id,
    count(*) as days_given,
    cast(sum(d.posted) as bigint) as days_posted
from gather_days as d
inner join list_seen_agents as a on d.agent_id = a.agent_id and d.seen_on = a.posted_on
where d.given = 1
group by d.agent_id, d.sku_id
order by d.agent_id, d.sku_id
