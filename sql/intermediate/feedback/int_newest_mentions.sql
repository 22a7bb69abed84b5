-- One row: one message that was known on $as_of_date, and the day whose version of it counts.
-- Why: a platform may send a message again; its newest version alone counts, the first of equal ones. Few have several.
with count_days as (
    select
        message_id,
        min(known_on) as first_known_on,
        max(known_on) as last_known_on
    from history.mentions
    where known_on <= $as_of_date
    group by message_id
),

pick_newest as (
    select distinct
        m.message_id,
        m.known_on
    from history.mentions as m
    inner join count_days as d on m.message_id = d.message_id and d.first_known_on < d.last_known_on
    where m.known_on <= $as_of_date
    qualify
        rank() over (
            partition by m.message_id order by m.sent_at desc, m.row_hash desc, m.known_on asc
        ) = 1
)

select
    message_id,
    first_known_on as known_on
from count_days
where first_known_on = last_known_on
union all
select
    message_id,
    known_on
from pick_newest
