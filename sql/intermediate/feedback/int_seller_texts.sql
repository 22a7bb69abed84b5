-- One row: a message of an agent or an assistant that has no product card, with its day, counted from 1970.
-- Why: a card names its SKU; only these have to be read for the titles that they repeat.
select
    message_no,
    text,
    cast(date_diff('day', date '1970-01-01', known_on) as bigint) as day
from night.int_mention_messages
where is_from_seller and card_sku_id is null
order by message_no
