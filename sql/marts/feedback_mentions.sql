-- One row: one message of the last $window_days about one SKU, or about none, without its text.
-- Why: what the groups said can be read by many people; who said it and how stays inside. Only a judgement is evidence.
with list_mentions as (
    select
        message_id,
        group_id,
        sku_id,
        sent_on,
        kind,
        satisfaction,
        aspects,
        attribution,
        attribution_confidence,
        trust_weight,
        calibrated
    from night.int_window_mentions
    union all
    select
        m.message_id,
        m.group_id,
        m.sku_id,
        m.sent_on,
        m.kind,
        m.satisfaction,
        m.aspects,
        m.attribution,
        m.attribution_confidence,
        cast(0 as double) as trust_weight,
        m.calibrated
    from history.mentions as m
    left join night.int_repeated_messages as r on m.message_id = r.message_id
    where
        m.known_on <= $as_of_date
        and m.sent_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
        and m.kind <> 'feedback'
        and (r.known_on is null or m.known_on = r.known_on)
)

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
from list_mentions
order by
    message_id asc,
    sku_id asc nulls first
