-- One row: one order line whose buyer complained of it in the chat, and since when; no gift and no cancelled line.
-- Why: a complaint counts only for a line that its writer was delivered; it comes weeks before a return.
select
    m.order_line_id,
    min(m.sku_id) as sku_id,
    min(m.known_on) as complained_on,
    max(m.attribution_confidence) as trust_weight
from history.mentions as m
left join night.int_repeated_messages as r on m.message_id = r.message_id
where
    m.known_on <= $as_of_date
    and (r.known_on is null or m.known_on = r.known_on)
    and m.is_complaint
    and m.order_line_id is not null
    and m.attribution_confidence >= $complaint_confidence
    and not exists (
        select 1
        from history.order_line_timeline as t
        where
            t.order_line_id = m.order_line_id
            and t.valid_from <= $as_of_date
            and t.valid_to > $as_of_date
            and not t.is_sale
    )
group by m.order_line_id
