-- One row: lines of a pick-up point, perishable or not, that waited so many whole hours in the last $waiting_days days.
-- Why: what arrives together is one witness of the way, so the days with deliveries are counted beside the lines.
with list_recent as (
    select
        pickup_point_id,
        is_perishable,
        delivered_on,
        cast(floor((waited_minutes + 30) / cast(60 as double)) as integer) as hours
    from temp.int_waited_lines
    where delivered_on > cast($as_of_date - $waiting_days * interval 1 day as date)
),

count_days as (
    select
        pickup_point_id,
        is_perishable,
        count(distinct delivered_on) as days
    from list_recent
    group by pickup_point_id, is_perishable
)

select
    r.pickup_point_id,
    r.is_perishable,
    r.hours,
    cast(count(*) as bigint) as lines,
    cast(min(d.days) as bigint) as days
from list_recent as r
inner join count_days as d on r.pickup_point_id = d.pickup_point_id and r.is_perishable = d.is_perishable
group by r.pickup_point_id, r.is_perishable, r.hours
order by r.is_perishable, r.pickup_point_id, r.hours
