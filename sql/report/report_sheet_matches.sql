-- One row: a match as a person reads it, agent by agent in the order in which she sees it.
-- Why: beyond $shown rows nobody scrolls; the published table has all.
select
    m.agent_id,
    m.match_rank,
    m.sku_id,
    l.list_rank,
    l.title,
    l.category,
    l.list_price,
    m.fit,
    m.acceptance,
    m.expected_kept_units,
    m.units_reserved,
    m.propensity is not null as is_trial,
    m.reasons
from night.agent_matches as m
inner join night.sku_list as l on m.sku_id = l.sku_id
order by m.agent_id, m.match_rank
limit $shown
