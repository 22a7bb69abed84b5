-- One row: one SKU with the units ordered in the demand window and how often agents posted it.
-- Why: one agent, one day is one post, seen in the chat or by its orders; without any in the chat each agent's day is one.
with list_orders as (
    select
        sku_id,
        agent_id,
        ordered_on,
        ordered_units
    from night.int_agent_daily
    where ordered_on > $first_on and ordered_on <= $as_of_date
),

-- Each row of orders is one agent's day; only posts without orders add to them.
list_unsold as (
    select distinct
        p.sku_id,
        p.agent_id,
        p.posted_on
    from history.posts as p
    left join list_orders as o
        on p.sku_id = o.sku_id and p.agent_id = o.agent_id and p.posted_on = o.ordered_on and o.ordered_units > 0
    where p.posted_on > $first_on and p.posted_on <= $as_of_date and o.sku_id is null
),

list_posts as (
    select
        sku_id,
        count(*) as posts
    from list_unsold
    group by sku_id
    union all
    select
        sku_id,
        count(*) as posts
    from list_orders
    where ordered_units > 0
    group by sku_id
),

count_posts as (
    select
        sku_id,
        sum(posts) as posts
    from list_posts
    group by sku_id
),

count_platform as (
    select
        count(distinct agent_id) as agents,
        (
            select count(*) from history.posts
            where posted_on > $first_on and posted_on <= $as_of_date
        ) as chat_posts
    from list_orders
),

add_orders as (
    select
        sku_id,
        sum(ordered_units) as ordered_units
    from list_orders
    group by sku_id
)

select
    p.sku_id,
    cast(coalesce(o.ordered_units, 0) as bigint) as ordered_units,
    cast(
        case
            when a.chat_posts > 0 then coalesce(s.posts, 0)
            else a.agents * greatest(date_diff('day', greatest(p.launched_on, $first_on), $as_of_date), 0)
        end as bigint
    ) as posts
from night.stg_products as p
cross join count_platform as a
left join count_posts as s on p.sku_id = s.sku_id
left join add_orders as o on p.sku_id = o.sku_id
