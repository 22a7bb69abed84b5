-- One row: one SKU in what one agent posted on one recent day, with the units that her customers ordered of it.
-- Why: an order up to three days after a post counts for it; agents who never posted show their matches, else what sold.
with list_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on,
        cast('chat' as varchar) as basis
    from memory.posts
    where posted_on > $posts_before and posted_on <= $as_of_date
),

list_given as (
    select distinct
        g.agent_id,
        g.sku_id,
        g.list_date as posted_on,
        cast('given' as varchar) as basis
    from memory.given as g
    where
        g.list_date > $posts_before
        and g.list_date <= $as_of_date
        and not exists (
            select 1 from list_posts as p
            where p.agent_id = g.agent_id and p.posted_on = g.list_date
        )
),

list_shown as (
    select
        agent_id,
        sku_id,
        posted_on,
        basis
    from list_posts
    union all
    select
        agent_id,
        sku_id,
        posted_on,
        basis
    from list_given
),

list_sales as (
    select
        agent_id,
        sku_id,
        ordered_on,
        ordered_units
    from night.int_agent_daily
    where ordered_on > $posts_before and ordered_units > 0
),

find_post as (
    select
        s.agent_id,
        s.sku_id,
        p.posted_on,
        s.ordered_units
    from list_sales as s
    inner join list_shown as p
        on
            s.agent_id = p.agent_id
            and s.sku_id = p.sku_id
            and s.ordered_on >= p.posted_on
            and cast(s.ordered_on - interval 3 day as date) <= p.posted_on
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

list_unposted as (
    select
        s.agent_id,
        s.sku_id,
        s.ordered_on,
        s.ordered_units
    from list_sales as s
    where not exists (
        select 1 from list_shown as p
        where
            p.agent_id = s.agent_id
            and (
                p.basis = 'chat'
                or (p.posted_on <= s.ordered_on and p.posted_on >= cast(s.ordered_on - interval 3 day as date))
            )
    )
),

sample_sold as (
    select
        ordered_on,
        sku_id
    from list_unposted
    group by ordered_on, sku_id
    qualify
        row_number() over (
            partition by ordered_on
            order by md5(cast(ordered_on as varchar) || sku_id), sku_id
        ) <= $sampled_skus
),

list_days as (
    select distinct
        agent_id,
        ordered_on
    from list_unposted
),

list_offers as (
    select
        agent_id,
        sku_id,
        ordered_on,
        ordered_units
    from list_unposted
    union all
    select
        d.agent_id,
        o.sku_id,
        d.ordered_on,
        0 as ordered_units
    from list_days as d
    inner join sample_sold as o on d.ordered_on = o.ordered_on
)

select
    p.agent_id,
    p.posted_on,
    p.sku_id,
    cast(coalesce(a.ordered_units, 0) as bigint) as ordered_units,
    p.basis
from list_shown as p
left join add_up as a on p.agent_id = a.agent_id and p.sku_id = a.sku_id and p.posted_on = a.posted_on
union all
select
    agent_id,
    ordered_on as posted_on,
    sku_id,
    cast(sum(ordered_units) as bigint) as ordered_units,
    cast('sold' as varchar) as basis
from list_offers
group by agent_id, ordered_on, sku_id
