-- One row: how often an agent showed a SKU to a group on one day.
-- Why: demand is counted per post; a post counts from the day on which a run may see it.
select
    p.known_on,
    p.known_on as posted_on,
    p.agent_id,
    p.group_id,
    p.sku_id,
    cast(count(*) as bigint) as posts
from history.group_posts as p
inner join night.int_stale_days as d on p.known_on = d.known_on
where p.agent_id is not null
group by p.known_on, p.agent_id, p.group_id, p.sku_id
