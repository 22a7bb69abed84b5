-- One row: one message of a day to be read, a customer's without quotes and asides, and what its wording says of its kind.
-- Why: the sender decides first, then a customer's wording; "?" proves nothing, and who reports a danger has the goods.
with find_twins as (
    -- Archives that have no ids of the server make one ('chat-…'); where another archive has it, that message counts.
    select distinct a.message_id
    from source.chat_messages as a
    inner join night.int_stale_days as d on a.known_on = d.known_on
    inner join source.chat_messages as b
        on
            a.known_on = b.known_on
            and a.group_id = b.group_id
            and a.sent_at = b.sent_at
            and a.text = b.text
    where
        a.message_id like 'chat-%'
        and b.message_id not like 'chat-%'
        -- Her own archive calls its owner by no account, another one does.
        and (a.sender_id = b.sender_id or (a.sender_role <> 'customer' and b.sender_role <> 'customer'))
),

list_messages as (
    select
        c.*,
        case when c.sender_role <> 'customer' then '' else c.text end as written
    from source.chat_messages as c
    inner join night.int_stale_days as d on c.known_on = d.known_on
    where c.message_id not in (select t.message_id from find_twins as t)
    qualify
        row_number() over (
            partition by c.message_id, c.known_on
            order by
                c.sent_at desc,
                -- A seller's own archive knows that she is one; her customers' archives do not.
                case when c.sender_role = 'customer' then 1 else 0 end asc,
                c.row_hash desc
        ) = 1
),

-- Many people write the same words, and to ask them for patterns is most of the work: each text is asked once.
list_texts as (
    select
        written,
        trim(
            case
                when regexp_matches(written, $traditional_pattern) then translate(written, $traditional, $simplified)
                else written
            end
        ) as words
    from (
        select distinct case when c.sender_role <> 'customer' then '' else c.text end as written
        from source.chat_messages as c
        inner join night.int_stale_days as d on c.known_on = d.known_on
    ) as l
),

cut_quotes as (
    select
        n.*,
        case
            when
                regexp_matches(n.words, $quoted_signs_1_pattern)
                or regexp_matches(n.words, $quoted_signs_2_pattern)
                or regexp_matches(n.words, $quoted_signs_3_pattern)
                then trim(regexp_replace(n.words, $quoted_pattern, ' ', 'g'))
            else n.words
        end as said
    from list_texts as n
),

cut_asides as (
    select
        q.*,
        case
            when regexp_matches(q.said, $compared_pattern) then q.said
            when
                regexp_matches(q.said, $aside_signs_1_pattern)
                or regexp_matches(q.said, $aside_signs_2_pattern)
                or regexp_matches(q.said, $aside_signs_3_pattern)
                then trim(regexp_replace(q.said, $aside_pattern, ' ', 'g'))
            else q.said
        end as told,
        case
            when regexp_matches(q.said, $danger_pattern)
                then regexp_matches(regexp_replace(q.said, $harmless_pattern, ' ', 'g'), $danger_pattern)
            else false
        end as has_danger
    from cut_quotes as q
),

name_kinds as (
    -- Patterns are asked in one pass over the table: each further one would have to lay them all out again.
    select
        a.*,
        a.has_danger or regexp_matches(a.told, $receipt_pattern) or regexp_matches(a.told, $rhetorical_pattern)
            as has_receipt,
        (
            regexp_matches(a.said, $question_1_pattern)
            or regexp_matches(a.said, $question_2_pattern)
            or regexp_matches(a.said, $question_3_pattern)
        )
        and not regexp_matches(a.said, $rhetorical_pattern) as has_question,
        regexp_matches(a.told, $order_pattern) as has_order_words,
        regexp_matches(a.said, $greeting_pattern) and not regexp_matches(a.said, $verdict_pattern) as is_greeting,
        regexp_matches(a.said, $notice_pattern) as is_notice
    from cut_asides as a
),

number_leaders as (
    select
        group_id,
        agent_id,
        known_on,
        row_number() over (partition by group_id order by updated_at, row_hash) as version_rank
    from source.groups
),

find_newest as (
    select
        group_id,
        known_on,
        max(version_rank) as version_rank
    from number_leaders
    group by group_id, known_on
),

carry_forward as (
    select
        group_id,
        known_on as valid_from,
        coalesce(lead(known_on) over (partition by group_id order by known_on), cast('9999-12-31' as date)) as valid_to,
        max(version_rank) over (partition by group_id order by known_on) as version_rank
    from find_newest
),

find_leaders as (
    select
        c.group_id,
        c.valid_from,
        c.valid_to,
        n.agent_id
    from carry_forward as c
    inner join number_leaders as n on c.group_id = n.group_id and c.version_rank = n.version_rank
)

select
    row_number() over (order by p.known_on, p.message_id) as message_no,
    p.message_id,
    p.known_on,
    p.group_id,
    f.agent_id,
    p.sender_id as sender_key,
    p.sender_role,
    p.sent_at,
    cast(p.sent_at as date) as sent_on,
    p.row_hash,
    p.sku_id as card_sku_id,
    p.reply_to_message_id,
    case
        when p.sender_role <> 'customer' then p.text
        when k.has_danger then k.said
        else k.told
    end as text,
    p.sender_role <> 'customer' or p.sender_id = f.agent_id as is_from_seller,
    k.has_receipt,
    k.has_danger,
    k.has_question,
    k.has_order_words,
    k.is_greeting,
    k.is_notice
from list_messages as p
inner join name_kinds as k on p.written = k.written
left join find_leaders as f
    on p.group_id = f.group_id and p.known_on >= f.valid_from and p.known_on < f.valid_to
