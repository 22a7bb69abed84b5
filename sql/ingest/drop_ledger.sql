-- One row: a drop of one source table that was read, in the order in which it came.
-- Why: the stamp tells whether a file has changed, the hash whether its content has arrived under another name.
select
    path,
    size,
    sha256,
    stamp
from ops.drops
where table_name = $table_name
order by drop_seq, path
