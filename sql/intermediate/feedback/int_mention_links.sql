-- One row: one customer's message that answers another one or follows a post, with the SKU that this names.
-- Why: a reply names its SKU as surely as a card; the last post is a weak hint and is kept apart.
with join_posts as (
    select
        message_id,
        group_id,
        sent_at,
        known_on,
        case when min(sku_id) = max(sku_id) then min(sku_id) else '' end as sku_id
    from history.group_posts
    where known_on <= $as_of_date
    group by message_id, group_id, sent_at, known_on
),

find_answered as (
    select
        m.message_no,
        max(coalesce(nullif(p.sku_id, ''), c.sku_id)) as reply_sku_id
    from night.int_mention_messages as m
    left join join_posts as p on m.reply_to_message_id = p.message_id and m.known_on >= p.known_on
    left join source.chat_messages as c on m.reply_to_message_id = c.message_id and m.known_on >= c.known_on
    where not m.is_from_seller and m.reply_to_message_id is not null
    group by m.message_no
),

line_up as (
    select
        group_id,
        sent_at,
        cast(0 as bigint) as message_no,
        message_id,
        sku_id as posted_sku_id,
        sent_at as posted_at
    from join_posts
    where known_on = cast(sent_at as date)
    union all
    select
        group_id,
        sent_at,
        message_no,
        message_id,
        cast(null as varchar) as posted_sku_id,
        cast(null as timestamp) as posted_at
    from night.int_mention_messages
    where not is_from_seller
),

carry_last_post as (
    select
        message_no,
        sent_at,
        last_value(posted_sku_id ignore nulls) over (
            partition by group_id order by sent_at, message_no, message_id
            rows between unbounded preceding and current row
        ) as last_sku_id,
        last_value(posted_at ignore nulls) over (
            partition by group_id order by sent_at, message_no, message_id
            rows between unbounded preceding and current row
        ) as last_posted_at
    from line_up
)

select
    c.message_no,
    a.reply_sku_id,
    case
        when c.last_posted_at >= cast(c.sent_at - cast($recency_hours as integer) * interval 1 hour as timestamp)
            then nullif(c.last_sku_id, '')
    end as last_sku_id
from carry_last_post as c
left join find_answered as a on c.message_no = a.message_no
where c.message_no > 0
