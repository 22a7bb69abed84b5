-- One row: one agent whose posts teach what all agents share, and whose orders and outcomes are learnt from.
-- Why: of many, $fitted_agents evenly spread over those who posted or sold lately tell nearly as much as all.
with list_posting as (
    select agent_id
    from night.int_agent_daily
    where ordered_on > $posts_before and ordered_units > 0
    union
    select agent_id
    from history.posts
    where posted_on > $posts_before and posted_on <= $as_of_date
    union
    select agent_id
    from history.matched
    where list_date > $posts_before and list_date <= $as_of_date
),

number_posting as (
    select
        p.agent_id,
        row_number() over (order by p.agent_id) - 1 as nth
    from list_posting as p
    inner join night.stg_agents as a on p.agent_id = a.agent_id
),

count_posting as (
    select count(*) as agents
    from number_posting
)

select a.agent_id
from night.stg_agents as a
cross join count_posting as c
left join number_posting as n on a.agent_id = n.agent_id
where
    c.agents <= $fitted_agents
    or floor((n.nth + 1) * $fitted_agents / cast(c.agents as double))
    > floor(n.nth * $fitted_agents / cast(c.agents as double))
order by a.agent_id
