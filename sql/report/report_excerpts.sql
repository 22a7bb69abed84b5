-- One row: a message in which a customer judged one of $sku_ids, the clearest first, at most $per_sku of a SKU.
-- Why: complaints come before praise, because the report quotes why a SKU was kept off the list.
with read_feedback as (
    select
        w.sku_id,
        w.satisfaction,
        w.message_id,
        c.row_hash,
        c.text,
        row_number() over (
            partition by w.sku_id
            order by w.satisfaction, w.attribution_confidence desc, w.message_id, c.row_hash
        ) as place
    from night.int_window_mentions as w
    inner join source.chat_messages as c on w.message_id = c.message_id and c.known_on <= $as_of_date
    where w.kind = 'feedback' and w.trust_weight >= $trusted_from and array_contains($sku_ids, w.sku_id)
)

select
    sku_id,
    message_id,
    text
from read_feedback
where place <= $per_sku
order by sku_id, satisfaction, message_id, row_hash
