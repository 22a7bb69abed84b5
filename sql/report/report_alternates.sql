-- One row: an alternate as a place on the list, in the order in which its agent sees it.
-- Why: beyond $shown alternates all of them stay behind, so that the page can still be opened.
with count_alternates as (
    select count(*) as alternates
    from night.agent_alternates
)

select
    a.agent_id,
    l.list_rank
from night.agent_alternates as a
inner join night.sku_list as l on a.sku_id = l.sku_id
cross join count_alternates as c
where c.alternates <= $shown
order by a.agent_id, a.alternate_rank
