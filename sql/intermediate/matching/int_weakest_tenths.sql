-- One row: one size class of agents with the mean kept units expected of its weakest tenth, rounded up to whole agents.
-- Why: this tail mean (CVaR) shows who is left behind, which a mean hides; within a class it does not rank sizes again.
with add_up as (
    select
        z.size_class,
        z.agent_id,
        coalesce(sum(cast(m.expected_kept_units as decimal(18, 9))), 0) as kept_units
    from night.int_agent_sizes as z
    left join night.agent_matches as m on z.agent_id = m.agent_id
    where z.size_class is not null
    group by z.size_class, z.agent_id
),

rank_agents as (
    select
        size_class,
        kept_units,
        row_number() over (partition by size_class order by kept_units, agent_id) as place,
        count(*) over (partition by size_class) as agents
    from add_up
)

select
    size_class,
    cast(sum(kept_units) as double) / cast(count(*) as double) as weakest_kept_units
from rank_agents
where 10 * (place - 1) < agents
group by size_class
