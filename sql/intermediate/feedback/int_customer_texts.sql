-- One row: a customer's message to be read, with what is known of it without its text.
-- Why: days are counted from 1970, because titles are held against them as numbers; blocks are read one by one.
select
    m.message_no - m.message_no % nullif($messages_a_block, 0) as block,
    m.message_no,
    m.text,
    m.group_id,
    m.sent_at,
    d.model_version,
    date_diff('day', date '1970-01-01', m.known_on) as day,
    m.card_sku_id is not null or k.reply_sku_id is not null as is_linked,
    (m.has_question or m.has_order_words) and not m.has_receipt as is_wish
from night.int_mention_messages as m
inner join night.int_stale_days as d on m.known_on = d.known_on
left join temp.int_mention_links as k on m.message_no = k.message_no
where not m.is_from_seller
