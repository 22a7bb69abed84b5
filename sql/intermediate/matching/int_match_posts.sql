-- One row: a SKU that an agent was matched with lately, on how many days she could be seen to post it, and on how many
-- she did. Why: silence counts only on days on which posts of hers are known, and somebody's of that SKU: it was for sale.
with list_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on
    from history.posts
    where posted_on > $matched_after and posted_on <= $as_of_date
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
)

select
    m.agent_id,
    m.sku_id,
    count(*) as days_given,
    count(p.sku_id) as days_posted
from history.matched as m
inner join night.sku_list as l on m.sku_id = l.sku_id
inner join list_seen_agents as a on m.agent_id = a.agent_id and m.list_date = a.posted_on
inner join list_seen_skus as s on m.sku_id = s.sku_id and m.list_date = s.posted_on
left join list_posts as p on m.agent_id = p.agent_id and m.sku_id = p.sku_id and m.list_date = p.posted_on
where m.list_date > $matched_after and m.list_date <= $as_of_date
group by m.agent_id, m.sku_id
order by m.agent_id, m.sku_id
