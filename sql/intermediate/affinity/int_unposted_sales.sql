-- One row: one SKU that the customers of an agent without posts in the chat ordered on one day, without a match.
-- Why: an agent who posts elsewhere did post what her groups bought; a match of the days before explains its sales.
with list_posting as (
    select distinct agent_id
    from night.int_recorded_posts
    where basis = 'chat'
),

list_matched as (
    select
        agent_id,
        min(list_date) as first_on
    from history.matched
    where
        $every > 1
        and list_date > $posts_before
        and list_date <= $as_of_date
        and agent_id not in (select t.agent_id from night.int_teachers as t)
    group by agent_id
),

list_sales as (
    select
        s.agent_id,
        s.sku_id,
        s.ordered_on,
        s.ordered_units
    from night.int_agent_daily as s
    left join list_posting as p on s.agent_id = p.agent_id
    left join list_matched as m on s.agent_id = m.agent_id
    where
        s.ordered_on > $posts_before
        and s.ordered_units > 0
        and p.agent_id is null
        and (m.agent_id is null or m.first_on > s.ordered_on)
),

list_explained as (
    select distinct
        s.agent_id,
        s.sku_id,
        s.ordered_on
    from list_sales as s
    inner join night.int_recorded_posts as g
        on
            s.agent_id = g.agent_id
            and s.sku_id = g.sku_id
            and s.ordered_on >= g.posted_on
            and cast(s.ordered_on - cast($post_sells_days as integer) * interval 1 day as date) <= g.posted_on
    where g.basis = 'matched'
)

select
    s.agent_id,
    s.sku_id,
    s.ordered_on,
    s.ordered_units
from list_sales as s
left join list_explained as e on s.agent_id = e.agent_id and s.sku_id = e.sku_id and s.ordered_on = e.ordered_on
where e.agent_id is null
