-- One row: one agent who doubts SKUs, with her judged SKUs by what they turned out to be and what she had said.
-- Why: how often she was right is what her next doubt weighs; an uncertain outcome counts to both sides by its probability.
with add_judged as (
    select
        v.agent_id,
        sum(o.bad) filter (where v.is_doubt) as bad_doubted,
        sum(o.bad) filter (where not v.is_doubt) as bad_taken,
        sum(1 - o.bad) filter (where v.is_doubt) as good_doubted,
        sum(1 - o.bad) filter (where not v.is_doubt) as good_taken,
        count(distinct v.sku_id) filter (where v.is_doubt) as judged_doubts,
        count(distinct v.sku_id) filter (where v.is_doubt and o.bad >= 0.5) as right_doubts
    from night.int_quality_votes as v
    inner join night.int_vote_outcomes as o on v.sku_id = o.sku_id and v.said_on = o.said_on
    where o.is_judged
    group by v.agent_id
),

list_agents as (
    select agent_id
    from night.int_quality_votes
    group by agent_id
)

select
    a.agent_id,
    cast(coalesce(j.bad_doubted, 0) as double) as bad_doubted,
    cast(coalesce(j.bad_taken, 0) as double) as bad_taken,
    cast(coalesce(j.good_doubted, 0) as double) as good_doubted,
    cast(coalesce(j.good_taken, 0) as double) as good_taken,
    coalesce(j.judged_doubts, 0) as judged_doubts,
    coalesce(j.right_doubts, 0) as right_doubts
from list_agents as a
left join add_judged as j on a.agent_id = j.agent_id
order by a.agent_id
