-- One row: an agent of the platform, whatever her version.
-- Why: who has an agent's id in an archive of chats is one, also where the archive is another's.
select distinct a.agent_id
from source.agents as a
order by a.agent_id
