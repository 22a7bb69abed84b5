-- One row: a match as a place on the list, in the order in which its agent sees it.
-- Why: beyond $most matches the reasons stay behind and beyond $shown all of them, so that the page can still be opened.
with count_matches as (
    select count(*) as matches
    from night.agent_matches
)

select
    m.agent_id,
    l.list_rank,
    case when c.matches <= $most then m.reasons end as reasons
from night.agent_matches as m
inner join night.sku_list as l on m.sku_id = l.sku_id
cross join count_matches as c
where c.matches <= $shown
order by m.agent_id, m.match_rank
