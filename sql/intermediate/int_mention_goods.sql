-- One row: one SKU shown to a group, for each day on which a message of that group is to be read, and when it was shown.
-- Why: recency is what makes a title vote work; a day knows only what had been shown by then, however late it is read.
with find_groups as (
    select
        known_on,
        group_id,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from night.int_mention_messages
    where not is_from_seller
    group by known_on, group_id
)

select
    f.known_on as read_on,
    p.group_id,
    p.sku_id,
    p.title,
    p.known_on,
    p.sent_at
from memory.group_posts as p
inner join find_groups as f
    on
        p.group_id = f.group_id
        and p.known_on <= f.known_on
        and p.sent_at <= f.last_sent_at
        and p.sent_at >= cast(f.first_sent_at - cast($recent_days as integer) * interval 1 day as timestamp)
