-- One row: one SKU that customers spoke of in the window: how content they are, one buyer one vote.
-- Why: the last message tells a buyer's final opinion, so earlier ones weigh less; decimals add up exactly on any threads.
with weigh as (
    select
        m.*,
        cast(cast(m.trust_weight as double) * m.attribution_confidence as decimal(18, 6)) as weight,
        power(
            cast($fading as double),
            row_number() over (partition by m.sku_id, m.sender_key order by m.sent_at desc, m.message_id desc) - 1
        ) as fade
    from night.int_window_mentions as m
    where m.kind = 'feedback' and m.sku_id is not null
),

take_votes as (
    select
        sku_id,
        sender_key,
        max(weight) as weight,
        sum(cast(cast(weight as double) * fade * satisfaction as decimal(18, 6))) as content_weight,
        sum(cast(cast(weight as double) * fade as decimal(18, 6))) as said_weight,
        count(*) as message_count,
        count(*) filter (where is_complaint) as complaint_count,
        count(*) filter (where is_praise and trust_weight < $trusted_from) as fake_praise_count,
        count(*) filter (where trust_weight >= $trusted_from) as evidence_messages,
        max(case when order_line_id is not null then 1 else 0 end) as is_buyer
    from weigh
    group by sku_id, sender_key
),

share_votes as (
    select
        v.*,
        cast(
            coalesce(
                cast(v.weight as double) * cast(v.content_weight as double)
                / nullif(cast(v.said_weight as double), 0.0),
                0.0
            ) as decimal(18, 6)
        ) as positive_weight
    from take_votes as v
)

select
    sku_id,
    cast(sum(message_count) as bigint) as message_count,
    cast(sum(is_buyer) as bigint) as buyer_count,
    cast(sum(positive_weight) as double) as positive_weight,
    cast(sum(weight) as double) as total_weight,
    cast(sum(complaint_count) as bigint) as complaint_count,
    cast(sum(fake_praise_count) as bigint) as fake_praise_count,
    cast(sum(evidence_messages) as bigint) as evidence_messages
from share_votes
group by sku_id
