-- One row: a message among $asked that is in the chat.
-- Why: a label of a message that never came, such as one whose id a spreadsheet has rounded, would teach nothing.
with
list_asked as (
    select u.message_id
    from (select $asked as ids) as a
    cross join unnest(a.ids) as u (message_id)
)

select distinct c.message_id
from source.chat_messages as c
inner join list_asked as a on c.message_id = a.message_id
order by c.message_id
