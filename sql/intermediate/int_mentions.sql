-- One row: one message about one SKU, or about none: its kind, its SKU and how it was found, and what it says.
-- Why: certain links come first, guesses are marked by their confidence, and ties name no SKU at all.
with sum_up_lines as (
    select
        message_id,
        known_on,
        cast(count(distinct sku_id) as bigint) as sku_count,
        min(sku_id) as any_sku_id
    from night.int_mention_lines
    group by message_id, known_on
),

find_last_line as (
    select
        message_id,
        known_on,
        sku_id,
        lead(delivered_at) over (
            partition by message_id, known_on order by delivered_at desc, order_line_id asc
        ) as delivered_before_at,
        delivered_at
    from night.int_mention_lines
    qualify row_number() over (
        partition by message_id, known_on order by delivered_at desc, order_line_id asc
    ) = 1
),

gather_hints as (
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
        m.card_sku_id,
        m.has_receipt,
        m.has_question,
        m.has_order_words,
        m.is_greeting,
        m.is_notice,
        r.part,
        r.satisfaction,
        r.aspects,
        r.is_about_goods,
        r.calibrated,
        r.model_version,
        r.fingerprint_a,
        r.fingerprint_b,
        r.voted_sku_id,
        r.vote_confidence,
        r.is_vote_on_own_order,
        k.reply_sku_id,
        k.last_sku_id,
        s.sku_count as own_sku_count,
        case when s.sku_count = 1 then s.any_sku_id end as only_sku_id,
        case
            when cast(l.delivered_at as date) > coalesce(cast(l.delivered_before_at as date), cast('0001-01-01' as date))
                then l.sku_id
        end as newest_sku_id
    from night.int_mention_messages as m
    left join night.int_mention_readings as r on m.message_id = r.message_id and m.known_on = r.known_on
    left join night.int_mention_links as k on m.message_id = k.message_id and m.known_on = k.known_on
    left join sum_up_lines as s on m.message_id = s.message_id and m.known_on = s.known_on
    left join find_last_line as l on m.message_id = l.message_id and m.known_on = l.known_on
    where not m.is_from_seller
),

decide_target as (
    select
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
        aspects,
        is_about_goods,
        calibrated,
        model_version,
        fingerprint_a,
        fingerprint_b,
        voted_sku_id,
        vote_confidence,
        own_sku_count,
        only_sku_id,
        case
            when card_sku_id is not null then 'card'
            when reply_sku_id is not null then 'reply'
            when voted_sku_id is not null and is_vote_on_own_order then 'own_order'
            when voted_sku_id is not null then 'title'
            when coalesce(only_sku_id, newest_sku_id) is not null then 'own_order'
            when last_sku_id is not null and coalesce(own_sku_count, 0) = 0 then 'recency'
            else 'none'
        end as attribution,
        coalesce(
            card_sku_id, reply_sku_id, voted_sku_id, only_sku_id, newest_sku_id,
            case when coalesce(own_sku_count, 0) = 0 then last_sku_id end
        ) as sku_id
    from gather_hints
),

decide_kind as (
    select
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
        aspects,
        is_about_goods,
        calibrated,
        model_version,
        fingerprint_a,
        fingerprint_b,
        own_sku_count,
        attribution,
        sku_id,
        case
            when is_greeting or (is_notice and not has_receipt) then 'other'
            when has_order_words and not has_receipt then 'order'
            when has_question and not (has_receipt and coalesce(satisfaction, 0.5) <= $complaint_at) then 'question'
            when satisfaction is null then 'other'
            when has_receipt then 'feedback'
            when
                own_sku_count is not null
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
            when 'own_order'
                then
                    case
                        when voted_sku_id is not null then vote_confidence
                        when only_sku_id is not null then 0.9
                        else 0.65
                    end
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
        message_id,
        known_on,
        sku_id,
        order_line_id
    from night.int_mention_lines
    qualify row_number() over (
        partition by message_id, known_on, sku_id order by delivered_at desc, order_line_id asc
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
    k.kind = 'feedback' and k.sku_id is not null and k.satisfaction <= $complaint_at and k.is_about_goods as is_complaint,
    coalesce(k.calibrated, false) as calibrated,
    k.model_version,
    k.own_sku_count is not null as has_own_order,
    k.fingerprint_a,
    k.fingerprint_b,
    k.part
from decide_kind as k
left join find_own_line as o on k.message_id = o.message_id and k.known_on = o.known_on and k.sku_id = o.sku_id
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
