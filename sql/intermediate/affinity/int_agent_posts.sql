-- One row: one known SKU that one known agent posted on one recent day, with the units that her customers ordered of
-- it. Why: orders count up to $post_sells_days after a post; sales and a sample replace the posts of others.
with find_post as (
    select
        s.agent_id,
        s.sku_id,
        p.posted_on,
        s.ordered_units
    from night.int_agent_daily as s
    inner join night.int_recorded_posts as p
        on
            s.agent_id = p.agent_id
            and s.sku_id = p.sku_id
            and s.ordered_on >= p.posted_on
            and cast(s.ordered_on - cast($post_sells_days as integer) * interval 1 day as date) <= p.posted_on
    where s.ordered_on > $posts_before and s.ordered_units > 0
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

count_sales as (
    select
        agent_id,
        ordered_on,
        count(distinct sku_id) as sold_skus
    from night.int_unposted_sales
    group by agent_id, ordered_on
),

list_days as (
    select distinct
        ordered_on,
        pool_skus,
        samples
    from night.int_unposted_pool
),

choose_sample as (
    select
        s.*,
        d.pool_skus,
        row_number() over (partition by s.ordered_on order by s.agent_id) % nullif(d.samples, 0) as sample
    from count_sales as s
    inner join list_days as d on s.ordered_on = d.ordered_on
),

list_others as (
    select
        c.*,
        o.sku_id,
        count(*) over (partition by c.agent_id, c.ordered_on) as sampled_skus
    from choose_sample as c
    inner join night.int_unposted_pool as o on c.ordered_on = o.ordered_on and c.sample = o.sample
    where
        not exists (
            select 1 from night.int_unposted_sales as s
            where s.agent_id = c.agent_id and s.ordered_on = c.ordered_on and s.sku_id = o.sku_id
        )
        and not exists (
            select 1 from night.int_recorded_posts as g
            where
                g.basis = 'matched' and g.agent_id = c.agent_id and g.posted_on = c.ordered_on and g.sku_id = o.sku_id
        )
),

list_posts as (
    select
        p.agent_id,
        p.posted_on,
        p.sku_id,
        coalesce(a.ordered_units, 0) as ordered_units,
        cast(1 as double) as sampling_weight,
        p.basis
    from night.int_recorded_posts as p
    left join add_up as a on p.agent_id = a.agent_id and p.sku_id = a.sku_id and p.posted_on = a.posted_on
    union all
    select
        agent_id,
        ordered_on as posted_on,
        sku_id,
        ordered_units,
        cast(1 as double) as sampling_weight,
        cast('sold' as varchar) as basis
    from night.int_unposted_sales
    union all
    select
        agent_id,
        ordered_on as posted_on,
        sku_id,
        0 as ordered_units,
        greatest((pool_skus - sold_skus) / cast(sampled_skus as double), cast(1 as double)) as sampling_weight,
        cast('sold' as varchar) as basis
    from list_others
)

select
    l.agent_id,
    l.posted_on,
    l.sku_id,
    cast(l.ordered_units as bigint) as ordered_units,
    l.sampling_weight,
    l.basis
from list_posts as l
inner join night.stg_agents as a on l.agent_id = a.agent_id
inner join night.stg_products as p on l.sku_id = p.sku_id
order by l.agent_id, l.posted_on, l.sku_id
