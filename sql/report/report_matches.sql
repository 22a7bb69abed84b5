-- One row: a match as a place on the list, in the order in which its agent sees it.
-- Why: beyond $most matches the reasons stay behind, so that the page stays small enough to open.
select
    m.agent_id,
    l.list_rank,
    case when (select count(*) from night.agent_matches) <= $most then m.reasons end as reasons
from night.agent_matches as m
inner join night.sku_list as l on m.sku_id = l.sku_id
order by m.agent_id, m.match_rank
