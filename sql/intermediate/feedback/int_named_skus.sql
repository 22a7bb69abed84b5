-- One row: one SKU that a message may name, because it was posted to the group or delivered to the sender.
-- Why: of two SKUs with equal evidence the first here is meant, whatever block the message is read in.
with pick_first_posts as (
    select
        sku_id,
        group_id,
        since
    from night.int_mention_skus
    qualify row_number() over (partition by sku_id order by group_id asc, since asc) = 1
),

pick_first_lines as (
    select
        sku_id,
        min(message_no) as message_no
    from night.int_mention_lines
    group by sku_id
),

list_skus as (
    select
        sku_id,
        group_id,
        since,
        cast(0 as bigint) as message_no
    from pick_first_posts
    union all
    select
        l.sku_id,
        cast(null as varchar) as group_id,
        cast(null as timestamp) as since,
        l.message_no
    from pick_first_lines as l
    where
        not exists (
            select 1 from pick_first_posts as p
            where p.sku_id = l.sku_id
        )
)

select sku_id
from list_skus
where sku_id is not null
order by group_id asc nulls last, since asc nulls last, message_no asc, sku_id asc
