-- One row: how many rows of a source table wait for what they refer to, three of their keys and what is unknown.
-- DuckDB only: three smallest values and flat lists have no common form.
select
    count(*) as waiting,
    min(key, 3) as ids,
    list_sort(list_distinct(flatten(list(rules)))) as rules
from ops.quarantine
where table_name = $table_name and state = 'waiting'
