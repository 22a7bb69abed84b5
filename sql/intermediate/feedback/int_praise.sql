-- One row: one message of the last $window_days that praises a SKU, or something that is not named.
-- Why: complaints cost their writer time and earn nothing; only praise is worth faking, so only praise is searched.
select
    m.message_id,
    m.part,
    m.agent_id,
    m.sender_key,
    m.sku_id,
    m.sent_on,
    m.fingerprint_a,
    m.fingerprint_b
from history.mentions as m
inner join night.int_newest_mentions as n on m.message_id = n.message_id and m.known_on = n.known_on
where
    m.sent_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
    and m.kind = 'feedback'
    and m.satisfaction >= $praise_from
