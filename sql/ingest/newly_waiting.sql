-- One row: how many rows of the batch $drop_seq of a source table wait, how many in all, for what, and a file of them.
-- DuckDB only: flat lists have no common form.
select
    count(*) filter (where drop_seq = $drop_seq) as waiting,
    count(*) as waiting_in_all,
    list_sort(list_distinct(flatten(list(rules) filter (where drop_seq = $drop_seq)))) as rules,
    min(drop_path) filter (where drop_seq = $drop_seq) as path
from ops.quarantine
where table_name = $table_name and state = 'waiting'
