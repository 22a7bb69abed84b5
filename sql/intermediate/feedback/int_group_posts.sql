-- One row: one SKU that a seller's message showed to a group, with the title it had that day.
-- Why: days without a title of the SKU stay in, since demand is counted per post, titled or not.
select
    m.message_id,
    m.known_on,
    m.group_id,
    m.agent_id,
    m.sent_at,
    s.sku_id,
    t.title,
    s.attribution,
    s.attribution_confidence as confidence
from temp.int_seller_targets as s
inner join night.int_mention_messages as m on s.message_no = m.message_no
left join night.int_title_versions as t
    on s.sku_id = t.sku_id and m.known_on >= t.valid_from and m.known_on < t.valid_to
where s.sku_id is not null
