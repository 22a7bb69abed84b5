-- One row: a message of an agent or an assistant that has no product card, with its day, counted from 1970.
-- Why: a card names its SKU; only these have to be read for the titles that they repeat, block by block.
select
    message_no - message_no % nullif($messages_a_block, 0) as block,
    message_no,
    text,
    cast(date_diff('day', date '1970-01-01', known_on) as bigint) as day
from night.int_mention_messages
where is_from_seller and card_sku_id is null
