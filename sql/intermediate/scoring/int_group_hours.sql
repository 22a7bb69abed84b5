-- One row: one group of an active agent, or an agent without one, with its pick-up point, and its units ordered before its orders close.
-- Why: what perishes sells until then; a group with few orders has the platform's share before the same minute.
with count_perishables as (
    -- Where nothing perishes, no order is looked at.
    select count(*) as skus
    from night.stg_products
    where shelf_life_days <= $longest_days
),

read_clocks as (
    select
        t.group_id,
        t.quantity,
        60 * cast(substring(cast(t.ordered_at as varchar), 12, 2) as integer)
        + cast(substring(cast(t.ordered_at as varchar), 15, 2) as integer) as ordered_minute
    from history.order_line_timeline as t
    cross join count_perishables as c
    where
        c.skus > 0
        and t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.ordered_on <= $as_of_date
        and t.ordered_on > cast($as_of_date - $waiting_days * interval 1 day as date)
),

add_up_minutes as (
    select
        group_id,
        ordered_minute,
        sum(quantity) as units
    from read_clocks
    -- An order without a clock (00:00) tells nothing of hours.
    where ordered_minute > 0
    group by group_id, ordered_minute
),

add_up_groups as (
    select
        g.group_id,
        sum(m.units) as units,
        sum(case when m.ordered_minute < g.cutoff_minute then m.units else 0 end) as units_before
    from night.stg_groups as g
    inner join add_up_minutes as m on g.group_id = m.group_id
    group by g.group_id
),

list_cutoffs as (
    select distinct cutoff_minute
    from night.stg_groups
    where cutoff_minute is not null
),

add_up_platform as (
    select
        c.cutoff_minute,
        cast(sum(case when m.ordered_minute < c.cutoff_minute then m.units else 0 end) as bigint)
        / cast(sum(m.units) as double) as share_before
    from list_cutoffs as c
    cross join add_up_minutes as m
    group by c.cutoff_minute
)

select
    a.agent_id,
    g.group_id,
    coalesce(g.pickup_point_id, g.group_id, a.agent_id) as pickup_point_id,
    g.cutoff_minute,
    cast(coalesce(u.units, 0) as bigint) as units,
    cast(coalesce(u.units_before, 0) as bigint) as units_before,
    coalesce(p.share_before, g.cutoff_minute / cast(1440 as double), 1) as usual_before
from night.stg_agents as a
left join night.stg_groups as g on a.agent_id = g.agent_id
left join add_up_groups as u on g.group_id = u.group_id
left join add_up_platform as p on g.cutoff_minute = p.cutoff_minute
where a.status = 'active'
order by a.agent_id, g.group_id
