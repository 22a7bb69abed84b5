-- One row: one batch after $staged_seq that brought orders or returns, and how many rows of them.
-- Why: the order history is brought up to date batch by batch, and many small ones at once.
with gather_batches as (
    select drop_seq
    from source.orders
    where drop_seq > $staged_seq
    union all
    select drop_seq
    from source.returns
    where drop_seq > $staged_seq
)

select
    drop_seq,
    cast(count(*) as bigint) as arrived_rows
from gather_batches
group by drop_seq
order by drop_seq
