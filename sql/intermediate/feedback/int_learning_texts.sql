-- One row: one buyer's message that the student may learn from, the newest $most_texts known by $as_of_date.
-- Why: words of people who never ordered may be planted; they teach only where no writer is known as a buyer.
with find_buyers as (
    select distinct customer_id
    from history.order_line_timeline
    where valid_from <= $as_of_date
),

pick_newest as (
    select
        message_id,
        sender_id,
        known_on,
        case
            when regexp_matches(text, $traditional_pattern) then translate(text, $traditional, $simplified)
            else text
        end as words
    from source.chat_messages
    where known_on <= $as_of_date and sender_role = 'customer'
    qualify row_number() over (partition by message_id order by sent_at desc, row_hash desc) = 1
),

pick_teachers as (
    select
        n.message_id,
        n.known_on,
        n.words
    from pick_newest as n
    left join find_buyers as b on n.sender_id = b.customer_id
    qualify b.customer_id is not null or count(b.customer_id) over () = 0
)

select
    message_id,
    known_on,
    trim(regexp_replace(regexp_replace(trim(words), $quoted_pattern, ' ', 'g'), $aside_pattern, ' ', 'g')) as text
from pick_teachers
qualify row_number() over (order by known_on desc, message_id asc) <= $most_texts
order by
    known_on asc,
    message_id asc
