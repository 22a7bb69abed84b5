-- One row: one input, one week back from the as-of date (0 is the last seven days), and how much of it came.
-- Why: a feed that halves or doubles in a week is a broken feed or a changed world; either way it needs a look.
with list_days as (
    select
        'orders' as table_name,
        'delivered_lines' as measure,
        delivered_on as day,
        delivered_lines as seen
    from night.int_sku_daily
    where delay_days is null
    union all
    select
        'returns' as table_name,
        'returned_lines' as measure,
        cast(delivered_on + delay_days * interval 1 day as date) as day,
        returned_lines as seen
    from night.int_sku_daily
    where delay_days is not null
    union all
    select
        'chat_messages' as table_name,
        'complaints' as measure,
        complained_on as day,
        1 as seen
    from night.int_complaints
    union all
    select
        'chat_messages' as table_name,
        'posts' as measure,
        posted_on as day,
        posts as seen
    from history.posts
)

select
    table_name,
    measure,
    cast(floor(date_diff('day', day, $as_of_date) / cast(7 as double)) as integer) as week,
    cast(sum(seen) as bigint) as seen
from list_days
where day <= $as_of_date and day > $first_on
group by table_name, measure, week
order by table_name, measure, week
