-- One row: a message that the model read as feedback and nobody labelled, with the aspects it speaks of, least sure first.
-- Why: a label teaches most where the model is unsure; of several SKUs that a message is about the first counts.
with
list_read as (
    select
        m.message_id,
        m.sku_id,
        m.satisfaction,
        m.aspects
    from night.int_window_mentions as m
    where m.kind = 'feedback' and not list_contains(cast($labelled as varchar[]), m.message_id)
),

name_aspects as (
    select
        r.message_id,
        array_sort(array_agg(distinct u.spoken.aspect)) as aspects
    from list_read as r
    cross join unnest(r.aspects) as u (spoken)
    group by r.message_id
),

choose_words as (
    select
        r.message_id,
        c.text,
        r.satisfaction
    from list_read as r
    inner join source.chat_messages as c on r.message_id = c.message_id and c.known_on <= $as_of_date
    qualify row_number() over (
        partition by r.message_id order by c.sent_at desc, c.row_hash desc, r.sku_id nulls last
    ) = 1
)

select
    w.message_id,
    w.text,
    coalesce(a.aspects, cast([] as varchar[])) as aspects
from choose_words as w
left join name_aspects as a on w.message_id = a.message_id
order by greatest(w.satisfaction - 0.5, 0.5 - w.satisfaction) nulls last, w.message_id
limit $count
