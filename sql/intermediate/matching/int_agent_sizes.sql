-- One row: one active agent with the customers in her groups and her size class: the fifth of agents that she is in by them.
-- Why: who reaches few customers sells few units, so an agent is held against those of her size; equals share a class.
with count_members as (
    select
        a.agent_id,
        cast(coalesce(sum(g.member_count), 0) as bigint) as members
    from night.stg_agents as a
    left join night.stg_groups as g on a.agent_id = g.agent_id
    where a.status = 'active'
    group by a.agent_id
),

rank_sizes as (
    select
        agent_id,
        members,
        rank() over (order by members) as place,
        count(*) over () as agents
    from count_members
)

select
    agent_id,
    members,
    1 + cast(floor(5 * (place - 1) / cast(agents as double)) as integer) as size_class
from rank_sizes
