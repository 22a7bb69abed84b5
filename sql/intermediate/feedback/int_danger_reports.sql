-- One row: one trusted report of the window that a SKU (known or not) endangers people, from chat or a return's comment.
-- Why: a buyer's own word, and a customer's of older standing who names the SKU, is enough; others have to agree.
with read_chat as (
    select
        m.sku_id,
        m.sender_key,
        true as is_from_chat,
        m.message_id as report_id,
        m.known_on,
        m.sent_on as reported_on,
        (m.order_line_id is not null and m.attribution_confidence >= $complaint_confidence)
        or (
            m.attribution in ('card', 'reply')
            and coalesce(s.first_ordered_on < m.sent_on and s.first_sent_on < m.sent_on, false)
        ) as is_enough
    from night.int_window_mentions as m
    left join night.int_senders as s on m.sender_key = s.sender_key
    where m.is_danger and m.trust_weight >= $trusted_from
),

find_alarming as (
    -- Few comments sound dangerous; only of those returns the newest version is looked for.
    select distinct return_id
    from source.returns
    where
        known_on <= $as_of_date
        and cast(requested_at as date) > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
        and regexp_matches(comment, $danger_pattern)
),

pick_returns as (
    select
        r.return_id,
        r.order_line_id,
        r.known_on,
        cast(r.requested_at as date) as reported_on,
        r.comment
    from source.returns as r
    inner join find_alarming as a on r.return_id = a.return_id
    where r.known_on <= $as_of_date
    qualify row_number() over (partition by r.return_id order by r.updated_at desc, r.row_hash desc) = 1
),

read_returns as (
    select
        t.sku_id,
        t.customer_id as sender_key,
        false as is_from_chat,
        r.return_id as report_id,
        r.known_on,
        r.reported_on,
        true as is_enough
    from pick_returns as r
    inner join history.order_line_timeline as t
        on
            r.order_line_id = t.order_line_id
            and t.valid_from <= $as_of_date
            and t.valid_to > $as_of_date
    where
        r.reported_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
        and regexp_matches(r.comment, $danger_pattern)
        and regexp_matches(regexp_replace(r.comment, $harmless_pattern, ' ', 'g'), $danger_pattern)
),

join_reports as (
    select c.*
    from read_chat as c
    union all
    select r.*
    from read_returns as r
)

select
    sku_id,
    sender_key,
    is_from_chat,
    report_id,
    known_on,
    reported_on,
    is_enough
from join_reports
