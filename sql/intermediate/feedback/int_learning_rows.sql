-- One row: a message that a training reads, with whether the line that it is about was kept, where that is known.
-- Why: in a total order, so that a training gives the same model again.
select
    t.message_id,
    t.text,
    cast(o.was_kept as integer) as was_kept
from night.int_learning_texts as t
left join night.int_learning_outcomes as o on t.message_id = o.message_id
order by t.known_on, t.message_id
