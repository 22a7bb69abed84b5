-- One row: one message of the last $window_days that judges one SKU, or something that is not named, and whether as praise.
-- Why: only what is judged is trusted more or less. Complaints cost time and earn nothing; only praise is worth faking.
select
    m.message_id,
    m.known_on,
    m.group_id,
    m.agent_id,
    m.sender_key,
    m.sku_id,
    m.sent_at,
    m.sent_on,
    m.kind,
    m.satisfaction,
    m.aspects,
    m.attribution,
    m.attribution_confidence,
    m.order_line_id,
    m.is_complaint,
    m.is_danger,
    m.calibrated,
    m.fingerprint_a,
    m.fingerprint_b,
    coalesce(m.satisfaction >= $praise_from, false) as is_praise
from history.mentions as m
left join night.int_repeated_messages as r on m.message_id = r.message_id
where
    m.known_on <= $as_of_date
    and m.sent_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
    and m.kind = 'feedback'
    and (r.known_on is null or m.known_on = r.known_on)
