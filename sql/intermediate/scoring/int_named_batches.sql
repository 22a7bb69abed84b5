-- One row: one agent, and one supplier and period of whose SKUs she doubted one before it turned out bad.
-- Why: SKUs of one bad batch are one thing to know, and judges who knew the same are no independent judges.
select
    v.agent_id,
    n.supplier_id,
    v.period
from night.int_quality_votes as v
inner join night.int_vote_outcomes as o on v.sku_id = o.sku_id and v.said_on = o.said_on
inner join night.int_sku_numbers as n on v.sku_id = n.sku_id
where v.is_doubt and o.is_judged and o.bad >= 0.5
group by v.agent_id, n.supplier_id, v.period
order by v.agent_id, n.supplier_id, v.period
