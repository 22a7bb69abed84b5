-- One row: one order line whose order or return rows arrived after batch $since_seq, up to $until_seq.
-- Why: a return that moves to another line changes both, so every line that a new return ever named is here.
with find_new_returns as (
    select distinct return_id
    from source.returns
    where drop_seq > $since_seq and drop_seq <= $until_seq
),

name_lines as (
    select order_line_id
    from source.orders
    where drop_seq > $since_seq and drop_seq <= $until_seq
    union all
    select r.order_line_id
    from source.returns as r
    inner join find_new_returns as n on r.return_id = n.return_id
)

select distinct order_line_id
from name_lines
