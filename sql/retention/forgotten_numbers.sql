-- One row: a message of this night that a customer wrote, by its number.
-- Why: the tables between reading and attribution know messages by number only.
select message_no
from night.int_mention_messages
where sender_key = $customer_id
