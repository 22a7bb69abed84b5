-- One row: the words of one report of danger about one of $sku_ids, the newest first, at most $per_sku of a SKU.
-- Why: who has to decide on a hold reads what was said, in the merchandiser's report and nowhere else.
with find_words as (
    select
        r.sku_id,
        r.reported_on,
        r.report_id,
        c.row_hash,
        c.text
    from night.int_danger_reports as r
    inner join source.chat_messages as c on r.report_id = c.message_id and r.known_on = c.known_on
    where r.is_from_chat
    union all
    select
        r.sku_id,
        r.reported_on,
        r.report_id,
        c.row_hash,
        c.comment as text
    from night.int_danger_reports as r
    inner join source.returns as c on r.report_id = c.return_id and r.known_on = c.known_on
    where not r.is_from_chat
),

number_words as (
    select
        f.*,
        row_number() over (partition by f.sku_id order by f.reported_on desc, f.report_id asc, f.row_hash asc) as place
    from find_words as f
    where f.text <> '' and array_contains($sku_ids, f.sku_id)
)

select
    sku_id,
    report_id as message_id,
    text
from number_words
where place <= $per_sku
order by sku_id, place
