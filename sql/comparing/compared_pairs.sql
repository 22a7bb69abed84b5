-- One row: what became of the matches between two runs, and for how many agents they differ.
-- Why: a pair is a match of one agent; a set that is the same in another order has moved and not come or gone.
with pair_matches as (
    select
        coalesce(a.agent_id, b.agent_id) as agent_id,
        b.match_rank as rank_before,
        a.match_rank as rank_after
    from night.after_matches as a
    full join night.before_matches as b on a.agent_id = b.agent_id and a.sku_id = b.sku_id
),

count_agents as (
    select
        agent_id,
        count(rank_before) as matches_before,
        count(rank_after) as matches_after,
        count(*) filter (where rank_before is null) as came,
        count(*) filter (where rank_after is null) as went,
        count(*) filter (where rank_before <> rank_after) as moved
    from pair_matches
    group by agent_id
)

select
    cast(coalesce(sum(matches_before), 0) as bigint) as matches_before,
    cast(coalesce(sum(matches_after), 0) as bigint) as matches_after,
    cast(coalesce(sum(came), 0) as bigint) as came,
    cast(coalesce(sum(went), 0) as bigint) as went,
    cast(coalesce(sum(moved), 0) as bigint) as moved,
    count(*) as agents,
    count(*) filter (where came + went + moved > 0) as agents_changed
from count_agents
