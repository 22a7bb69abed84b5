-- One row: one line that the sender of a message had been delivered before she wrote it, as known on that day.
-- Why: a buyer whose order was delivered writes about it; an account with more lines than a person buys is nobody's own.
with list_senders as (
    select
        sender_key,
        known_on,
        least(min(sent_at), cast(known_on as timestamp)) as first_at
    from night.int_mention_messages
    where not is_from_seller
    group by sender_key, known_on
),

-- Most of the cost is to find few buyers among all lines: it is done once.
list_lines as (
    select
        s.sender_key,
        s.known_on,
        l.order_line_id,
        l.sku_id,
        l.delivered_at,
        l.status
    from list_senders as s
    inner join history.order_line_timeline as l
        on
            s.sender_key = l.customer_id
            and s.known_on >= l.valid_from
            and s.known_on < l.valid_to
            and l.delivered_at >= cast(s.first_at - cast($own_order_days as integer) * interval 1 day as timestamp)
),

find_buyers as (
    select
        sender_key,
        known_on
    from list_lines
    where delivered_at >= cast(known_on - cast($own_order_days as integer) * interval 1 day as timestamp)
    group by sender_key, known_on
    having count(*) <= $most_own_lines
)

select
    m.message_no - m.message_no % nullif($messages_a_block, 0) as block,
    m.message_no,
    l.order_line_id,
    l.sku_id,
    l.delivered_at,
    t.title
from night.int_mention_messages as m
inner join find_buyers as b on m.sender_key = b.sender_key and m.known_on = b.known_on
inner join list_lines as l
    on
        m.sender_key = l.sender_key
        and m.known_on = l.known_on
        and m.sent_at >= l.delivered_at
        and l.delivered_at >= cast(m.sent_at - cast($own_order_days as integer) * interval 1 day as timestamp)
left join night.int_title_versions as t
    on l.sku_id = t.sku_id and m.known_on >= t.valid_from and m.known_on < t.valid_to
where not m.is_from_seller and l.status <> 'cancelled'
