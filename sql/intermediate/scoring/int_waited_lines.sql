-- One row: a delivered line of the last $learnt_days days with the minutes it waited at its pick-up point.
-- Why: an order after the cut-off waits for the next one; without a cut-off each is on its way at once.
with count_perishables as (
    -- Where nothing perishes, no line is looked at.
    select count(*) as skus
    from night.stg_products
    where shelf_life_days <= $longest_days
),

find_stale as (
    select distinct m.order_line_id
    from history.mentions as m
    left join night.int_repeated_messages as r on m.message_id = r.message_id
    cross join count_perishables as c
    cross join unnest(m.aspects) as u (told)
    where
        c.skus > 0
        and m.known_on <= $as_of_date
        and (r.known_on is null or m.known_on = r.known_on)
        and m.is_complaint
        and m.order_line_id is not null
        and u.told.aspect = 'freshness'
        and u.told.polarity < 0
),

read_clocks as (
    select
        t.order_line_id,
        t.sku_id,
        t.delivered_on,
        1440 * date_diff('day', t.ordered_on, t.delivered_on) as minutes_of_days,
        60 * cast(substring(cast(t.ordered_at as varchar), 12, 2) as integer)
        + cast(substring(cast(t.ordered_at as varchar), 15, 2) as integer) as ordered_minute,
        -- A delivery without a clock came at the end of its day.
        coalesce(
            nullif(
                60 * cast(substring(cast(t.delivered_at as varchar), 12, 2) as integer)
                + cast(substring(cast(t.delivered_at as varchar), 15, 2) as integer),
                0
            ),
            1440
        ) as delivered_minute,
        -- An agent without a known group is a point of her own.
        coalesce(g.pickup_point_id, g.group_id, t.agent_id) as pickup_point_id,
        g.cutoff_minute,
        coalesce(p.shelf_life_days <= $longest_days, false) as is_perishable,
        t.return_reason = 'spoiled' as is_returned_spoiled
    from history.order_line_timeline as t
    cross join count_perishables as c
    left join night.stg_groups as g on t.group_id = g.group_id
    inner join night.stg_products as p on t.sku_id = p.sku_id
    where
        c.skus > 0
        and t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
        and t.delivered_on > cast($as_of_date - $learnt_days * interval 1 day as date)
),

-- Minutes are counted from the midnight before the order. What arrives before the close that it belongs to was taken
-- along earlier: with the close that it missed, or at once.
count_minutes as (
    select
        r.*,
        r.minutes_of_days + r.delivered_minute as arrived,
        case
            when r.cutoff_minute is null then r.ordered_minute
            when r.ordered_minute < r.cutoff_minute then r.cutoff_minute
            else r.cutoff_minute + 1440
        end as closed,
        case when r.ordered_minute < r.cutoff_minute then r.ordered_minute else r.cutoff_minute end as closed_before
    from read_clocks as r
)

select
    r.order_line_id,
    r.sku_id,
    r.pickup_point_id,
    r.delivered_on,
    r.is_perishable,
    greatest(
        r.arrived - case when r.arrived < r.closed then coalesce(r.closed_before, r.closed) else r.closed end, 0
    ) as waited_minutes,
    coalesce(r.is_returned_spoiled, false) or s.order_line_id is not null as is_spoiled
from count_minutes as r
left join find_stale as s on r.order_line_id = s.order_line_id
