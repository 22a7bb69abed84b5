-- One row: one SKU with the units ordered in the demand window and how often agents posted it.
-- Why: one agent, one day is one post, seen in the chat or by its orders; without any in the chat each agent's day is one.
with count_chat as (
    select count(*) as chat_posts
    from history.posts
    where posted_on > $first_on and posted_on <= $as_of_date
),

-- Each row of orders is one agent's day.
add_orders as (
    select
        sku_id,
        sum(ordered_units) as ordered_units,
        count(*) filter (where ordered_units > 0) as posts
    from night.int_agent_daily
    where ordered_on > $first_on and ordered_on <= $as_of_date
    group by sku_id
),

-- Only posts without orders add to them.
list_posts as (
    select distinct
        sku_id,
        agent_id,
        posted_on
    from history.posts
    where posted_on > $first_on and posted_on <= $as_of_date
),

count_unsold as (
    select
        p.sku_id,
        count(*) as posts
    from list_posts as p
    left join night.int_agent_daily as o
        on p.sku_id = o.sku_id and p.agent_id = o.agent_id and p.posted_on = o.ordered_on and o.ordered_units > 0
    where o.sku_id is null
    group by p.sku_id
),

count_agents as (
    select count(distinct d.agent_id) as agents
    from night.int_agent_daily as d
    cross join count_chat as c
    where d.ordered_on > $first_on and d.ordered_on <= $as_of_date and c.chat_posts = 0
)

select
    p.sku_id,
    cast(coalesce(o.ordered_units, 0) as bigint) as ordered_units,
    cast(
        case
            when c.chat_posts > 0 then coalesce(s.posts, 0) + coalesce(o.posts, 0)
            else a.agents * greatest(date_diff('day', greatest(p.launched_on, $first_on), $as_of_date), 0)
        end as bigint
    ) as posts
from night.stg_products as p
cross join count_chat as c
cross join count_agents as a
left join count_unsold as s on p.sku_id = s.sku_id
left join add_orders as o on p.sku_id = o.sku_id
