-- The set has no chat: the columns, and no row.
select
    '' as message_id,
    '' as group_id,
    '' as sender_id,
    '' as sender_role,
    cast(null as timestamp) as sent_at,
    '' as text
from "drop"
where false
