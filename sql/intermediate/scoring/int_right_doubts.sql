-- One row: one agent and one SKU that she doubted before it turned out bad.
-- Why: judges who were right on the same SKUs are no independent judges.
select
    v.agent_id,
    v.sku_id
from night.int_quality_votes as v
inner join night.int_vote_outcomes as o on v.sku_id = o.sku_id and v.said_on = o.said_on
where v.is_doubt and o.is_judged and o.bad >= 0.5
group by v.agent_id, v.sku_id
order by v.agent_id, v.sku_id
