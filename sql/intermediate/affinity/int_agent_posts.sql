-- One row: one known SKU that one known agent posted on one recent day, with the units that her customers ordered of
-- it. Why: orders count up to $post_sells_days after a post; where no post is known, sales replace it.
with number_agents as (
    select
        agent_id,
        cast(row_number() over (order by agent_id) - 1 as integer) as agent_row
    from night.stg_agents
),

number_products as (
    select
        sku_id,
        cast(row_number() over (order by sku_id) - 1 as integer) as product_row
    from night.stg_products
),

find_post as (
    select
        s.agent_id,
        s.sku_id,
        p.posted_on,
        s.ordered_units
    from temp.int_choice_days as s
    inner join temp.int_recorded_posts as p
        on
            s.agent_id = p.agent_id
            and s.sku_id = p.sku_id
            and s.ordered_on >= p.posted_on
            and cast(s.ordered_on - cast($post_sells_days as integer) * interval 1 day as date) <= p.posted_on
    where s.ordered_units > 0 and s.ordered_on > $posts_before
    qualify row_number() over (partition by s.agent_id, s.sku_id, s.ordered_on order by p.posted_on desc) = 1
),

add_up as (
    select
        agent_id,
        sku_id,
        posted_on,
        sum(ordered_units) as ordered_units
    from find_post
    group by agent_id, sku_id, posted_on
),

number_posts as (
    select
        n.agent_row,
        o.product_row,
        p.posted_on,
        p.basis,
        coalesce(a.ordered_units, 0) as ordered_units
    from temp.int_recorded_posts as p
    inner join number_agents as n on p.agent_id = n.agent_id
    inner join number_products as o on p.sku_id = o.sku_id
    left join add_up as a on p.agent_id = a.agent_id and p.sku_id = a.sku_id and p.posted_on = a.posted_on
),

number_sales as (
    select
        n.agent_row,
        o.product_row,
        s.ordered_on,
        s.ordered_units
    from temp.int_unposted_sales as s
    inner join number_agents as n on s.agent_id = n.agent_id
    inner join number_products as o on s.sku_id = o.sku_id
),

list_posts as (
    select
        agent_row,
        product_row,
        posted_on,
        ordered_units,
        basis = 'chat' as is_recorded,
        false as is_unposted
    from number_posts
    union all
    select
        agent_row,
        product_row,
        ordered_on as posted_on,
        ordered_units,
        false as is_recorded,
        true as is_unposted
    from number_sales
)

select
    agent_row,
    product_row,
    posted_on,
    cast(ordered_units as integer) as ordered_units,
    is_recorded,
    is_unposted
from list_posts
order by agent_row, posted_on, product_row
