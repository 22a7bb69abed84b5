-- One row: an agent with fewer matches than slots asked for, the largest shortfall first.
-- Why: the page names as many as can be read, the workbook has them all.
select
    agent_id,
    slots_asked,
    matches_given,
    shortfall_code
from night.agent_summary
where matches_given < slots_asked
order by slots_asked - matches_given desc, agent_id
limit $shown
