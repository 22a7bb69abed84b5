-- One row: an agent who has got few matches for $nights list dates running or more, the longest run first.
-- Why: one poor night is chance; who is short night after night has rules or goods that people must look at.
select
    agent_id,
    nights_short,
    slots_asked,
    matches_given,
    shortfall_code
from night.agent_summary
where nights_short >= $nights
order by nights_short desc, slots_asked - matches_given desc, agent_id
limit $shown
