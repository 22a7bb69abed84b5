-- One row: one order line whose buyer complained of it in the chat, and since when.
-- Why: a complaint counts only for a line that its writer was delivered; it comes weeks before a return.
with pick_newest as (
    select
        order_line_id,
        sku_id,
        known_on,
        is_complaint,
        attribution_confidence
    from history.mentions
    where known_on <= $as_of_date
    qualify rank() over (partition by message_id order by sent_at desc, row_hash desc, known_on asc) = 1
)

select
    order_line_id,
    min(sku_id) as sku_id,
    min(known_on) as complained_on,
    max(attribution_confidence) as trust_weight
from pick_newest
where is_complaint and order_line_id is not null and attribution_confidence >= $complaint_confidence
group by order_line_id
