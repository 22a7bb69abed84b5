-- One row: one message of temp.int_recent_feedback about one SKU, or about none, with how far it can be believed.
-- Why: praise of accounts that never bought is unreliable. 0 is no evidence, 1 a buyer's message on her own order line.
with mark_mentions as (
    select
        m.*,
        coalesce(s.first_ordered_on <= m.sent_on, false) as is_customer,
        coalesce(s.first_sent_on = m.sent_on, false) as is_first_day,
        a.fingerprint is not null or b.fingerprint is not null as is_in_burst,
        t.sender_key is not null as is_tied
    from temp.int_recent_feedback as m
    left join night.int_senders as s on m.sender_key = s.sender_key
    left join night.int_praise_bursts as a
        on m.fingerprint_a = a.fingerprint and m.sent_on = a.sent_on and coalesce(m.sku_id, '') = a.sku_key
    left join night.int_praise_bursts as b
        on m.fingerprint_b = b.fingerprint and m.sent_on = b.sent_on and coalesce(m.sku_id, '') = b.sku_key
    left join night.int_tied_accounts as t on m.sender_key = t.sender_key
)

select
    message_id,
    known_on,
    group_id,
    agent_id,
    sender_key,
    sku_id,
    sent_at,
    sent_on,
    kind,
    satisfaction,
    aspects,
    attribution,
    attribution_confidence,
    order_line_id,
    is_praise,
    is_complaint,
    coalesce(is_danger, false) as is_danger,
    calibrated,
    cast(case
        when order_line_id is not null and is_praise and is_in_burst then $trust_buyer_in_burst
        when order_line_id is not null then 1
        when is_praise and is_in_burst then 0
        when is_praise and not is_customer and (is_first_day or is_tied) then 0
        when is_praise and not is_customer then $trust_stranger_praise
        when is_praise then $trust_customer_praise
        when not is_customer then $trust_stranger
        else $trust_customer
    end as double) as trust_weight
from mark_mentions
