-- One row: one customer group as it stood at the end of $as_of_date.
-- Why: a group can change hands; its newest version names the agent who leads it now.
select
    group_id,
    agent_id,
    member_count,
    opened_on,
    updated_at
from source.groups
where known_on <= $as_of_date
qualify row_number() over (partition by group_id order by updated_at desc, row_hash desc) = 1
