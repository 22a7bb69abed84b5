-- One row: one customer's message that the student may learn from, the newest $most_texts known by $as_of_date.
-- Why: words of who never ordered may be planted; unlabelled, they teach only where buyers' are under $fewest_texts.
with find_buyers as (
    select distinct customer_id
    from history.order_line_timeline
    where valid_from <= $as_of_date
),

find_withdrawn as (
    select distinct message_id
    from source.chat_messages
    where sender_id = 'withdrawn' and known_on <= $as_of_date
),

list_words as (
    select
        c.message_id,
        c.known_on,
        c.sent_at,
        c.row_hash,
        c.text,
        b.customer_id is not null as is_of_buyer
    from source.chat_messages as c
    left join find_buyers as b on c.sender_id = b.customer_id
    where
        c.known_on <= $as_of_date
        and c.sender_role = 'customer'
        and c.message_id not in (select w.message_id from find_withdrawn as w)
),

count_words as (
    select count(distinct message_id) as messages
    from list_words
    where is_of_buyer
),

pick_versions as (
    select
        message_id,
        known_on,
        text
    from list_words
    where
        is_of_buyer
        or (select messages from count_words) < $fewest_texts
        or message_id in (select u.labelled from unnest($labelled) as u (labelled))
    qualify row_number() over (partition by message_id order by sent_at desc, row_hash desc) = 1
),

-- Before patterns are asked: most of a large platform's messages are older.
pick_newest as (
    select
        message_id,
        known_on,
        trim(
            case
                when regexp_matches(text, $traditional_pattern) then translate(text, $traditional, $simplified)
                else text
            end
        ) as words
    from pick_versions
    qualify row_number() over (order by known_on desc, message_id asc) <= $most_texts
),

cut_quotes as (
    select
        message_id,
        known_on,
        case
            when
                regexp_matches(words, $quoted_signs_1_pattern)
                or regexp_matches(words, $quoted_signs_2_pattern)
                or regexp_matches(words, $quoted_signs_3_pattern)
                then trim(regexp_replace(words, $quoted_pattern, ' ', 'g'))
            else words
        end as said
    from pick_newest
)

select
    message_id,
    known_on,
    case
        when regexp_matches(said, $compared_pattern) then said
        when
            regexp_matches(said, $aside_signs_1_pattern)
            or regexp_matches(said, $aside_signs_2_pattern)
            or regexp_matches(said, $aside_signs_3_pattern)
            then trim(regexp_replace(said, $aside_pattern, ' ', 'g'))
        else said
    end as text
from cut_quotes
order by
    known_on asc,
    message_id asc
