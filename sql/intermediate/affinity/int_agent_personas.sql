-- One row: one agent with her persona, the people in her groups and whether she is matched tonight.
-- Why: choices of groups are learnt from agents who paused too; active_since is null for them.
with count_members as (
    select
        agent_id,
        sum(member_count) as members
    from night.stg_groups
    group by agent_id
)

select
    a.agent_id,
    cast(a.status = 'active' as boolean) as is_active,
    a.price_min,
    a.price_max,
    a.min_satisfaction,
    a.max_landmine_probability,
    a.categories_wanted,
    a.categories_excluded,
    a.style_tags,
    a.series_tags,
    a.daily_slots,
    cast(coalesce(m.members, 0) as bigint) as members,
    case when a.status = 'active' then a.joined_on end as active_since
from night.stg_agents as a
left join count_members as m on a.agent_id = m.agent_id
order by a.agent_id
