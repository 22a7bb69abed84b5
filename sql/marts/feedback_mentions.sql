-- One row: one message about one SKU, or about none, without its text.
-- Why: what the groups said can be read by many people; who said it and how stays inside.
select
    message_id,
    group_id,
    sku_id,
    sent_on,
    kind,
    satisfaction,
    coalesce(aspects, cast([] as struct(aspect varchar, polarity double)[])) as aspects,
    attribution,
    attribution_confidence,
    trust_weight,
    calibrated
from night.int_window_mentions
order by
    message_id asc,
    sku_id asc nulls first
