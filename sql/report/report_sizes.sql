-- One row: a size class of agents, from the fewest customers to the most, with what all and the weakest tenth may keep.
-- Why: means hide who is left behind; beside agents of their own size the weakest are not merely the small ones.
select
    size_class,
    min(members) as least_members,
    max(members) as most_members,
    cast(count(*) as bigint) as agents,
    cast(sum(cast(expected_kept_units as decimal(18, 9))) as double) / cast(count(*) as double) as kept_units,
    max(weakest_kept_units) as weakest_kept_units,
    100 * cast(sum(cast(expected_kept_units as decimal(18, 9))) as double)
    / nullif(cast(sum(members) as double), 0) as kept_per_100,
    cast(count(*) filter (where nights_short >= $nights) as bigint) as left_behind
from night.agent_summary
where size_class is not null
group by size_class
order by size_class
