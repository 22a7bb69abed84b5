-- One row: one message that was known on several days by $as_of_date, and the day whose version of it counts.
-- Why: a platform may send a message again; its newest version alone counts, the first of equal ones. Few are sent again.
with find_repeated as (
    select message_id
    from history.mentions
    where known_on <= $as_of_date
    group by message_id
    having min(known_on) < max(known_on)
)

select distinct
    m.message_id,
    m.known_on
from history.mentions as m
inner join find_repeated as d on m.message_id = d.message_id
where m.known_on <= $as_of_date
qualify
    rank() over (
        partition by m.message_id order by m.sent_at desc, m.row_hash desc, m.known_on asc
    ) = 1
