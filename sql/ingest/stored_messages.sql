-- One row: a message that archives bring and that is stored already, by what names it.
-- Why: an archive of a group holds all its days again.
select distinct
    c.message_id,
    c.sent_at,
    c.group_id,
    c.sender_role,
    c.sku_id,
    c.reply_to_message_id
from source.chat_messages as c
where
    exists (
        select 1
        from temp.asked_messages as a
        where
            a.message_id = c.message_id
            and a.sent_at = c.sent_at
            and a.group_id = c.group_id
            and a.sender_role = c.sender_role
            and a.sku_id is not distinct from c.sku_id
            and a.reply_to_message_id is not distinct from c.reply_to_message_id
    )
