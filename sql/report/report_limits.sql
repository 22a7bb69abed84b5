-- One row: an agent who sets a highest landmine probability of her own, the largest loss of choice first.
-- Why: who asks for more safety has fewer SKUs to choose from; how many shows what her limit costs her.
select
    agent_id,
    max_landmine_probability,
    suited_skus,
    suited_skus_at_any_risk,
    slots_asked,
    matches_given,
    landmine_share,
    any_landmine_probability
from night.agent_summary
where max_landmine_probability is not null
order by suited_skus_at_any_risk - suited_skus desc, agent_id
limit $shown
