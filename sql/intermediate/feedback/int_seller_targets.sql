-- One row: one seller's message, with the SKU that it posts or none, in the columns of int_mention_targets.
-- Why: what a seller writes about her own SKUs is promotion; a card names the posted SKU with certainty.
select
    m.message_no,
    cast(0 as integer) as part,
    case when coalesce(m.card_sku_id, v.sku_id) is null then 'other' else 'promotion' end as kind,
    coalesce(m.card_sku_id, v.sku_id) as sku_id,
    case
        when m.card_sku_id is not null then 'card'
        when v.sku_id is not null then 'title'
        else 'none'
    end as attribution,
    cast(case when m.card_sku_id is not null then 1 else coalesce(v.confidence, 0) end as double)
        as attribution_confidence,
    false as has_own_order,
    false as is_danger
from night.int_mention_messages as m
left join night.int_post_votes as v on m.message_no = v.message_no
where m.is_from_seller
