-- One row: one customer group as it stood at the end of $as_of_date.
-- Why: a group can change hands; its newest version names the agent who leads it now.
select
    group_id,
    agent_id,
    member_count,
    opened_on,
    pickup_point_id,
    cutoff_time,
    updated_at,
    -- Without a cut-off, and at 00:00, orders close with the day.
    cast(
        nullif(
            60 * cast(substring(cast(cutoff_time as varchar), 1, 2) as integer)
            + cast(substring(cast(cutoff_time as varchar), 4, 2) as integer),
            0
        ) as integer
    ) as cutoff_minute
from source.groups
where known_on <= $as_of_date
qualify row_number() over (partition by group_id order by updated_at desc, row_hash desc) = 1
