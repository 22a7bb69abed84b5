-- One row: a message that a customer wrote, by her id as it is stored.
-- Why: an agent may write under an id that a customer has; only what a customer wrote is hers.
select
    message_id,
    text,
    known_on
from source.chat_messages
where sender_id = $customer_id and sender_role = 'customer'
