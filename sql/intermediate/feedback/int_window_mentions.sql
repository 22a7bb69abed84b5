-- One row: one message about one SKU, or about none, of the last $window_days, with how far it can be believed.
-- Why: praise of accounts that never bought is unreliable. 0 is no evidence, 1 a buyer's message on her own order line.
with mark_mentions as (
    select
        m.*,
        p.message_id is not null as is_praise,
        coalesce(s.first_ordered_on <= m.sent_on, false) as is_customer,
        coalesce(s.first_sent_on = m.sent_on, false) as is_first_day,
        a.fingerprint is not null or b.fingerprint is not null as is_in_burst,
        t.sender_key is not null as is_tied
    from history.mentions as m
    inner join night.int_newest_mentions as n on m.message_id = n.message_id and m.known_on = n.known_on
    left join night.int_praise as p on m.message_id = p.message_id and m.part = p.part
    left join night.int_senders as s on m.sender_key = s.sender_key
    left join night.int_praise_bursts as a
        on m.fingerprint_a = a.fingerprint and m.sent_on = a.sent_on and coalesce(m.sku_id, '') = a.sku_key
    left join night.int_praise_bursts as b
        on m.fingerprint_b = b.fingerprint and m.sent_on = b.sent_on and coalesce(m.sku_id, '') = b.sku_key
    left join night.int_tied_accounts as t on m.sender_key = t.sender_key
    where m.sent_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
)

select
    message_id,
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
        when kind <> 'feedback' then 0
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
