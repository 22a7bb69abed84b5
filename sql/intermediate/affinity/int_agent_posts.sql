-- One row: one SKU in what one agent posted on one recent day, with the units that her customers ordered of it.
-- Why: orders count up to three days after a post; of agents who never post, matches and sales beside a sample stand in.
with list_posts as (
    select distinct
        agent_id,
        sku_id,
        posted_on,
        cast('chat' as varchar) as basis
    from history.posts
    where posted_on > $posts_before and posted_on <= $as_of_date
),

list_given as (
    select distinct
        g.agent_id,
        g.sku_id,
        g.list_date as posted_on,
        cast('given' as varchar) as basis
    from history.matched as g
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
    where
        s.agent_id not in (select p.agent_id from list_posts as p)
        and not exists (
            select 1 from list_given as g
            where
                g.agent_id = s.agent_id
                and g.sku_id = s.sku_id
                and g.posted_on <= s.ordered_on
                and g.posted_on >= cast(s.ordered_on - interval 3 day as date)
        )
),

list_sold as (
    select distinct
        ordered_on,
        sku_id
    from list_unposted
),

list_pool as (
    select distinct
        d.ordered_on,
        s.sku_id
    from (select distinct ordered_on from list_sold) as d
    inner join list_sold as s
        on d.ordered_on >= s.ordered_on and cast(d.ordered_on - interval 6 day as date) <= s.ordered_on
),

count_pool as (
    select
        ordered_on,
        count(*) as pool_skus,
        cast(greatest(floor(count(*) / cast($sampled_skus as double)), 1) as bigint) as samples
    from list_pool
    group by ordered_on
),

-- The day's pool is dealt into samples of equal size, so that all SKUs are sampled equally often.
deal_pool as (
    select
        o.ordered_on,
        o.sku_id,
        row_number() over (
            partition by o.ordered_on
            order by md5(cast(o.ordered_on as varchar) || o.sku_id), o.sku_id
        ) % nullif(c.samples, 0) as sample
    from list_pool as o
    inner join count_pool as c on o.ordered_on = c.ordered_on
),

count_days as (
    select
        agent_id,
        ordered_on,
        count(distinct sku_id) as sold_skus
    from list_unposted
    group by agent_id, ordered_on
),

list_days as (
    select
        d.agent_id,
        d.ordered_on,
        d.sold_skus,
        c.pool_skus,
        row_number() over (partition by d.ordered_on order by d.agent_id) % nullif(c.samples, 0) as sample
    from count_days as d
    inner join count_pool as c on d.ordered_on = c.ordered_on
),

sample_pool as (
    select
        d.agent_id,
        d.ordered_on,
        o.sku_id
    from list_days as d
    inner join deal_pool as o on d.ordered_on = o.ordered_on and d.sample = o.sample
),

list_others as (
    select
        o.agent_id,
        o.ordered_on,
        o.sku_id,
        count(*) over (partition by o.agent_id, o.ordered_on) as sampled
    from sample_pool as o
    where
        not exists (
            select 1 from list_unposted as s
            where s.agent_id = o.agent_id and s.ordered_on = o.ordered_on and s.sku_id = o.sku_id
        )
        and not exists (
            select 1 from list_given as g
            where g.agent_id = o.agent_id and g.posted_on = o.ordered_on and g.sku_id = o.sku_id
        )
)

select
    p.agent_id,
    p.posted_on,
    p.sku_id,
    cast(coalesce(a.ordered_units, 0) as bigint) as ordered_units,
    cast(1 as double) as stands_for,
    p.basis
from list_shown as p
left join add_up as a on p.agent_id = a.agent_id and p.sku_id = a.sku_id and p.posted_on = a.posted_on
union all
select
    agent_id,
    ordered_on as posted_on,
    sku_id,
    cast(ordered_units as bigint) as ordered_units,
    cast(1 as double) as stands_for,
    cast('sold' as varchar) as basis
from list_unposted
union all
select
    o.agent_id,
    o.ordered_on as posted_on,
    o.sku_id,
    cast(0 as bigint) as ordered_units,
    greatest((d.pool_skus - d.sold_skus) / cast(o.sampled as double), cast(1 as double)) as stands_for,
    cast('sold' as varchar) as basis
from list_others as o
inner join list_days as d on o.agent_id = d.agent_id and o.ordered_on = d.ordered_on
