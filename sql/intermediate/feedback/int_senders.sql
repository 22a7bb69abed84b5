-- One row: one person who judged something in the window, when she first wrote, and when she first ordered.
-- Why: praise by one who never ordered, on the day of her first word, is what hired accounts look like.
with list_senders as (
    select distinct sender_key
    from temp.int_recent_feedback
),

find_first_orders as (
    select
        t.customer_id,
        min(t.ordered_on) as first_ordered_on
    from history.order_line_timeline as t
    inner join list_senders as s on t.customer_id = s.sender_key
    where t.valid_from <= $as_of_date
    group by t.customer_id
),

find_first_words as (
    select
        m.sender_key,
        min(m.sent_on) as first_sent_on
    from history.mentions as m
    inner join list_senders as s on m.sender_key = s.sender_key
    where m.known_on <= $as_of_date
    group by m.sender_key
)

select
    w.sender_key,
    w.first_sent_on,
    o.first_ordered_on
from find_first_words as w
left join find_first_orders as o on w.sender_key = o.customer_id
