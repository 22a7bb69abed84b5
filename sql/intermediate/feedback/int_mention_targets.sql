-- One row: one part of a customer's message: its kind, the SKU that it is about and how that was found.
-- Why: certain links come first, guesses are marked, ties name no SKU; a danger is in the part that is least content.
with gather_hints as (
    select
        r.*,
        m.card_sku_id,
        m.has_receipt,
        m.has_danger
        and coalesce(r.satisfaction, 0.5)
        = min(coalesce(r.satisfaction, 0.5)) over (partition by r.message_no) as is_danger,
        m.has_question,
        m.has_order_words,
        m.is_greeting,
        m.is_notice,
        k.reply_sku_id,
        k.last_sku_id,
        r.guessed_sku_id is not null as has_own_order,
        case
            when r.guess_confidence >= $guess_from and (m.has_receipt or not (m.has_question or m.has_order_words))
                then r.guessed_sku_id
        end as likely_sku_id
    from night.int_mention_readings as r
    inner join night.int_mention_messages as m on r.message_no = m.message_no
    left join temp.int_mention_links as k on r.message_no = k.message_no
),

decide_target as (
    select
        h.*,
        case
            when h.card_sku_id is not null then 'card'
            when h.reply_sku_id is not null then 'reply'
            when h.voted_sku_id is not null and h.is_vote_on_own_order then 'own_order'
            when h.voted_sku_id is not null then 'title'
            when h.likely_sku_id is not null then 'own_order'
            when h.last_sku_id is not null and not h.has_own_order then 'recency'
            else 'none'
        end as attribution,
        coalesce(
            h.card_sku_id,
            h.reply_sku_id,
            h.voted_sku_id,
            h.likely_sku_id,
            case when not h.has_own_order then h.last_sku_id end
        ) as sku_id,
        coalesce(h.vote_confidence, h.guess_confidence) as own_order_confidence
    from gather_hints as h
)

select
    message_no,
    part,
    case
        when is_danger then 'feedback'
        when is_greeting or (is_notice and not has_receipt) then 'other'
        when has_order_words and not has_receipt and not (has_own_order and is_discontent) then 'order'
        when has_question and not (has_receipt and is_discontent) then 'question'
        when satisfaction is null then 'other'
        when has_receipt then 'feedback'
        when
            has_own_order
            and (
                attribution in ('card', 'reply')
                or voted_sku_id is not null
                or array_length(aspects) > 0
                or abs(satisfaction - 0.5) >= $clear_opinion
                or satisfaction = $lukewarm
            )
            then 'feedback'
        else 'other'
    end as kind,
    sku_id,
    attribution,
    cast(case attribution
        when 'card' then $card_confidence
        when 'reply' then $reply_confidence
        when 'own_order' then own_order_confidence
        when 'title' then vote_confidence
        when 'recency' then $last_post_confidence
        else 0
    end as double) as attribution_confidence,
    has_own_order,
    is_danger
from decide_target
