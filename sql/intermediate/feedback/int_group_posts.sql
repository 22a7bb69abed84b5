-- One row: one SKU that a seller's message showed to a group, with the title it had that day.
-- Why: a card names its SKU; a message without one was read against all titles of the day.
with name_skus as (
    select
        message_no,
        card_sku_id as sku_id,
        cast('card' as varchar) as attribution,
        cast(1.0 as double) as confidence
    from night.int_mention_messages
    where is_from_seller and card_sku_id is not null
    union all
    select
        message_no,
        sku_id,
        cast('title' as varchar) as attribution,
        confidence
    from night.int_post_votes
)

select
    m.message_id,
    m.known_on,
    m.group_id,
    m.agent_id,
    m.sent_at,
    n.sku_id,
    t.title,
    n.attribution,
    n.confidence
from name_skus as n
inner join night.int_mention_messages as m on n.message_no = m.message_no
left join night.int_title_versions as t
    on n.sku_id = t.sku_id and m.known_on >= t.valid_from and m.known_on < t.valid_to
