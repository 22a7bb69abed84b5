-- One row: one line that the sender of a message had been delivered before she wrote it, as known on that day.
-- Why: a buyer whose order was delivered writes about it.
select
    m.message_no,
    l.order_line_id,
    l.sku_id,
    l.delivered_at,
    t.title
from night.int_mention_messages as m
inner join history.order_line_timeline as l
    on
        m.sender_key = l.customer_id
        and m.known_on >= l.valid_from
        and m.known_on < l.valid_to
        and m.sent_at >= l.delivered_at
        and l.delivered_at >= cast(m.sent_at - cast($own_order_days as integer) * interval 1 day as timestamp)
left join night.int_title_versions as t
    on l.sku_id = t.sku_id and m.known_on >= t.valid_from and m.known_on < t.valid_to
where not m.is_from_seller and l.status <> 'cancelled'
