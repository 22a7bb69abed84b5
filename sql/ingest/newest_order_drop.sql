-- One row: the number of the newest batch that brought orders or returns; -1 before the first.
-- Why: the order history is brought up to date with what came since the batch it was brought up to last.
with gather_batches as (
    select drop_seq
    from source.orders
    union all
    select drop_seq
    from source.returns
)

select coalesce(max(drop_seq), -1) as drop_seq
from gather_batches
