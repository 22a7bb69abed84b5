-- One row: what a brake on sources measures of one day up to $as_of_date, over how much, and of how many it expects one.
-- Why: what is usual is known on a first night too, because the drops of earlier days tell it; a silent day is told elsewhere.
with find_arrivals as (
    select
        table_name,
        known_on as measured_on,
        rows
    from ops.arrivals
    where known_on > $first_on and known_on <= $as_of_date and rows > 0
),

find_daily_sources as (
    select table_name
    from find_arrivals
    where
        measured_on < $as_of_date
        and date_diff('day', measured_on, $as_of_date) <= $source_days
    group by table_name
    having count(*) >= $fewest_days and sum(rows) >= $fewest_rows * count(*)
),

count_orders as (
    select
        ordered_on as measured_on,
        cast(count(*) as bigint) as order_lines
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and is_sale
        and ordered_on > $first_on
        and ordered_on <= $as_of_date
    group by ordered_on
),

count_mentions as (
    select
        sent_on as measured_on,
        cast(count(*) as bigint) as mentions
    from night.feedback_mentions
    where kind = 'feedback' and satisfaction is not null and sent_on > $first_on
    group by sent_on
)

select
    'rows_of_' || a.table_name as brake,
    a.measured_on,
    cast(a.rows as double) as value,
    cast(a.rows as bigint) as counted,
    cast(1 as double) as per
from find_arrivals as a
inner join find_daily_sources as s on a.table_name = s.table_name
union all
select
    'orders_per_day' as brake,
    a.measured_on,
    cast(coalesce(o.order_lines, 0) as double) as value,
    cast(coalesce(o.order_lines, 0) as bigint) as counted,
    cast(1 as double) as per
from find_arrivals as a
inner join find_daily_sources as s on a.table_name = s.table_name
left join count_orders as o on a.measured_on = o.measured_on
where a.table_name = 'orders'
union all
select
    'mentions_per_message' as brake,
    a.measured_on,
    coalesce(m.mentions, 0) / cast(a.rows as double) as value,
    cast(a.rows as bigint) as counted,
    cast(a.rows as double) as per
from find_arrivals as a
left join count_mentions as m on a.measured_on = m.measured_on
where a.table_name = 'chat_messages'
