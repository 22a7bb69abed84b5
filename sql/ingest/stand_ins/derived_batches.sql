-- One row: one batch in which rows of a source table were derived from order lines.
-- Why: a batch of a table has derived rows or rows of its own, never both.
select distinct drop_seq
from ops.drops
where table_name = $table_name and starts_with(path, $prefix)
order by drop_seq
