-- One row: one person or agent who wrote to a group, when first, and when she first ordered, as known on $as_of_date.
-- Why: praise by one who never ordered, on the day of her first word, is what hired accounts look like.
with find_first_orders as (
    select
        customer_id,
        min(ordered_on) as first_ordered_on
    from history.order_line_timeline
    where valid_from <= $as_of_date
    group by customer_id
),

find_first_words as (
    select
        sender_key,
        min(sent_on) as first_sent_on
    from history.mentions
    where known_on <= $as_of_date
    group by sender_key
)

select
    w.sender_key,
    w.first_sent_on,
    o.first_ordered_on
from find_first_words as w
left join find_first_orders as o on w.sender_key = o.customer_id
