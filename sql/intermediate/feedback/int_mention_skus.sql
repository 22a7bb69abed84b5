-- One row: one SKU posted to a group with messages in a block to be read, and from when on a message may mean it.
-- Why: recency is what makes a title vote work; a post that became known late was unknown to all that was said before.
with number_blocks as (
    select
        message_no - message_no % nullif($messages_a_block, 0) as block,
        group_id,
        sent_at
    from night.int_mention_messages
    where not is_from_seller
),

find_groups as (
    select
        block,
        group_id,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from number_blocks
    group by block, group_id
),

list_posts as (
    select
        group_id,
        sku_id,
        title,
        greatest(sent_at, cast(known_on as timestamp)) as since
    from history.group_posts
    where title is not null
)

select
    f.block,
    p.group_id,
    p.sku_id,
    p.title,
    p.since
from list_posts as p
inner join find_groups as f
    on
        p.group_id = f.group_id
        and p.since <= f.last_sent_at
        and p.since > cast(f.first_sent_at - cast($recent_days as integer) * interval 1 day as timestamp)
