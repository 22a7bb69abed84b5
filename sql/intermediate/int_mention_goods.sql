-- One row: one SKU shown to a group that has a message to be read, and when it was shown.
-- Why: recency is what makes a title vote work; a good shown $recent_days before a message is no longer talked of.
with find_groups as (
    select
        group_id,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from night.int_mention_messages
    where not is_from_seller
    group by group_id
)

select
    p.group_id,
    p.sku_id,
    p.title,
    p.known_on,
    p.sent_at
from memory.group_posts as p
inner join find_groups as f on p.group_id = f.group_id
where
    p.known_on <= $as_of_date
    and p.sent_at <= f.last_sent_at
    and p.sent_at >= cast(f.first_sent_at - cast($recent_days as integer) * interval 1 day as timestamp)
