-- One row: a source table with its last batch, and the newest day and the number of the rows that this night may see.
-- Why: the last batch counts whenever it came, since late rows have to be proven too.
select
    table_name,
    max(last_drop_seq) as last_batch,
    max(known_on) filter (where known_on <= $as_of_date) as newest,
    cast(coalesce(sum(rows) filter (where known_on <= $as_of_date), 0) as bigint) as rows
from ops.arrivals
group by table_name
order by table_name
