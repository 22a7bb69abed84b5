-- One row: one buyer of int_touched_buyers with her key: the one she has, or the next that is free.
-- Why: what is kept of her goes by her key, also where no line of hers is left.
with find_last as (
    select coalesce(max(customer_key), -1) as last_key
    from night.int_buyers
),

find_keys as (
    select
        t.customer_id,
        t.is_read_again,
        b.customer_key,
        case when b.customer_key is null then 0 else 1 end as is_known
    from temp.int_touched_buyers as t
    left join night.int_buyers as b on t.customer_id = b.customer_id
)

select
    k.customer_id,
    k.is_read_again,
    coalesce(
        k.customer_key,
        cast(f.last_key + row_number() over (partition by k.is_known order by k.customer_id) as integer)
    ) as customer_key
from find_keys as k
cross join find_last as f
