-- One row: one day on which chat became known, up to $as_of_date, whose words are still there.
-- Why: retention lets go of words and keeps what was read of them; read again, such a day would have nothing to say.
select distinct known_on
from source.chat_messages
where known_on <= $as_of_date and text <> ''
