-- One row: one active agent with the places that became free, best served agents last.
-- Why: only lost matches are replaced; agents who lost none keep theirs unchanged.
with count_kept as (
    select
        agent_id,
        count(*) as kept,
        min(fit) as least_fit
    from night.derived_matches_kept
    group by agent_id
)

select
    a.agent_id,
    cast(
        greatest(least(a.daily_slots, coalesce(s.matches_given, a.daily_slots)) - coalesce(k.kept, 0), 0) as bigint
    ) as open_slots,
    coalesce(k.kept, 0) as kept,
    coalesce(k.least_fit, 0) as least_fit
from night.stg_agents as a
left join history.base_summary as s on a.agent_id = s.agent_id
left join count_kept as k on a.agent_id = k.agent_id
where a.status = 'active'
