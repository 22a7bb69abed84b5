-- One row, at most: a table of which rows were rejected before.
-- Why: only then are the rows that break rules compared with them.
select distinct table_name
from ops.quarantine
where table_name = $table_name and state = 'rejected'
