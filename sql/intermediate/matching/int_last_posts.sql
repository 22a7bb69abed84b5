-- One row: a SKU of the list that an agent posted lately, and how many days before the list date it was.
-- Why: she would rather not post again what her groups have just seen.
select
    p.agent_id,
    p.sku_id,
    date_diff('day', max(p.posted_on), cast($list_date as date)) as days_since
from history.posts as p
inner join night.sku_list as l on p.sku_id = l.sku_id
where p.posted_on > $posted_after and p.posted_on < $list_date
group by p.agent_id, p.sku_id
order by p.agent_id, p.sku_id
