-- One row: how many rows of a source table wait for what they refer to.
-- Why: a table without a new drop is read all the same while something of it may be admitted.
select count(*) as waiting
from ops.quarantine
where table_name = $table_name and state = 'waiting'
