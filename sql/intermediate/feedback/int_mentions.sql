-- One row: one message about one SKU, or about none: its kind, its SKU and how it was found, and what it says.
-- Why: certain links come first, guesses are marked by their confidence, and ties name no SKU at all.
with gather_hints as (
    select
        m.message_no,
        m.message_id,
        m.known_on,
        m.group_id,
        m.agent_id,
        m.sender_key,
        m.sender_role,
        m.sent_at,
        m.sent_on,
        m.row_hash,
        m.card_sku_id,
        m.has_receipt,
        m.has_question,
        m.has_order_words,
        m.is_greeting,
        m.is_notice,
        r.part,
        r.satisfaction,
        coalesce(r.is_discontent, false) as is_discontent,
        r.aspects,
        r.is_about_goods,
        r.calibrated,
        r.model_version,
        r.fingerprint_a,
        r.fingerprint_b,
        r.voted_sku_id,
        r.vote_confidence,
        r.is_vote_on_own_order,
        r.guess_confidence,
        case
            when r.guess_confidence >= $guess_from and (m.has_receipt or not (m.has_question or m.has_order_words))
                then r.guessed_sku_id
        end as guessed_sku_id,
        r.guessed_sku_id is not null as has_own_order,
        k.reply_sku_id,
        k.last_sku_id
    from night.int_mention_messages as m
    left join night.int_mention_readings as r on m.message_no = r.message_no
    left join night.int_mention_links as k on m.message_no = k.message_no
    where not m.is_from_seller
),

decide_target as (
    select
        message_no,
        message_id,
        known_on,
        group_id,
        agent_id,
        sender_key,
        sender_role,
        sent_at,
        sent_on,
        row_hash,
        has_receipt,
        has_question,
        has_order_words,
        is_greeting,
        is_notice,
        part,
        satisfaction,
        is_discontent,
        aspects,
        is_about_goods,
        calibrated,
        model_version,
        fingerprint_a,
        fingerprint_b,
        voted_sku_id,
        vote_confidence,
        guess_confidence,
        has_own_order,
        case
            when card_sku_id is not null then 'card'
            when reply_sku_id is not null then 'reply'
            when voted_sku_id is not null and is_vote_on_own_order then 'own_order'
            when voted_sku_id is not null then 'title'
            when guessed_sku_id is not null then 'own_order'
            when last_sku_id is not null and not has_own_order then 'recency'
            else 'none'
        end as attribution,
        coalesce(
            card_sku_id, reply_sku_id, voted_sku_id, guessed_sku_id, case when not has_own_order then last_sku_id end
        ) as sku_id
    from gather_hints
),

decide_kind as (
    select
        message_no,
        message_id,
        known_on,
        group_id,
        agent_id,
        sender_key,
        sender_role,
        sent_at,
        sent_on,
        row_hash,
        part,
        satisfaction,
        is_discontent,
        aspects,
        is_about_goods,
        calibrated,
        model_version,
        fingerprint_a,
        fingerprint_b,
        has_own_order,
        attribution,
        sku_id,
        case
            when is_greeting or (is_notice and not has_receipt) then 'other'
            when has_order_words and not has_receipt then 'order'
            when has_question and not (has_receipt and is_discontent) then 'question'
            when satisfaction is null then 'other'
            when has_receipt then 'feedback'
            when
                has_own_order
                and (
                    attribution in ('card', 'reply')
                    or voted_sku_id is not null
                    or len(aspects) > 0
                    or abs(satisfaction - 0.5) >= 0.35
                )
                then 'feedback'
            else 'other'
        end as kind,
        case attribution
            when 'card' then 0.99
            when 'reply' then 0.97
            when 'own_order' then case when voted_sku_id is not null then vote_confidence else guess_confidence end
            when 'title' then vote_confidence
            when 'recency' then 0.35
            else 0.0
        end as attribution_confidence
    from decide_target
),

read_sellers as (
    select
        m.message_id,
        m.known_on,
        m.group_id,
        m.agent_id,
        m.sender_key,
        m.sender_role,
        m.sent_at,
        m.sent_on,
        m.row_hash,
        p.sku_id,
        coalesce(p.attribution, 'none') as attribution,
        coalesce(p.confidence, 0.0) as confidence
    from night.int_mention_messages as m
    left join night.int_group_posts as p on m.message_id = p.message_id and m.known_on = p.known_on
    where m.is_from_seller
),

find_own_line as (
    select
        l.message_no,
        l.sku_id,
        l.order_line_id
    from night.int_mention_lines as l
    where
        exists (
            select 1 from decide_kind as k
            where k.message_no = l.message_no and k.sku_id = l.sku_id
        )
    qualify row_number() over (
        partition by l.message_no, l.sku_id order by l.delivered_at desc, l.order_line_id asc
    ) = 1
)

select
    k.message_id,
    k.known_on,
    k.row_hash,
    k.group_id,
    k.agent_id,
    k.sender_key,
    k.sender_role,
    k.sent_at,
    k.sent_on,
    k.sku_id,
    k.kind,
    case when k.kind = 'feedback' then k.satisfaction end as satisfaction,
    k.aspects,
    k.attribution,
    cast(k.attribution_confidence as double) as attribution_confidence,
    o.order_line_id,
    k.kind = 'feedback' and k.sku_id is not null and k.is_discontent and k.is_about_goods as is_complaint,
    coalesce(k.calibrated, false) as calibrated,
    k.model_version,
    k.has_own_order,
    k.fingerprint_a,
    k.fingerprint_b,
    k.part
from decide_kind as k
left join find_own_line as o on k.message_no = o.message_no and k.sku_id = o.sku_id
union all
select
    message_id,
    known_on,
    row_hash,
    group_id,
    agent_id,
    sender_key,
    sender_role,
    sent_at,
    sent_on,
    sku_id,
    case when sku_id is null then 'other' else 'promotion' end as kind,
    cast(null as double) as satisfaction,
    cast(null as struct(aspect varchar, polarity double)[]) as aspects,
    attribution,
    confidence as attribution_confidence,
    cast(null as varchar) as order_line_id,
    false as is_complaint,
    false as calibrated,
    cast(null as varchar) as model_version,
    false as has_own_order,
    cast(null as bigint) as fingerprint_a,
    cast(null as bigint) as fingerprint_b,
    cast(0 as integer) as part
from read_sellers
