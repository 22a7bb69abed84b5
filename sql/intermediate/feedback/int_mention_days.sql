-- One row: one day on which chat became known, up to $as_of_date, and the newest batch that can have changed its reading.
-- Why: a day is read once; it is read again only when rows that were visible on it arrived later.
with find_arrivals as (
    select
        known_on,
        last_drop_seq
    from ops.arrivals
    where known_on <= $as_of_date and table_name in ('chat_messages', 'orders', 'returns', 'products', 'groups')
),

find_chat_days as (
    select distinct known_on
    from ops.arrivals
    where known_on <= $as_of_date and table_name = 'chat_messages'
)

select
    c.known_on,
    cast(max(a.last_drop_seq) as bigint) as newest_seq
from find_chat_days as c
inner join find_arrivals as a on c.known_on >= a.known_on
group by c.known_on
