-- One row: one message that was known on $as_of_date, and the day whose version of it counts.
-- Why: a platform may send a message again; its newest version alone counts, and the first of equal ones.
select distinct
    message_id,
    known_on
from history.mentions
where known_on <= $as_of_date
qualify rank() over (partition by message_id order by sent_at desc, row_hash desc, known_on asc) = 1
