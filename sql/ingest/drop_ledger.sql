-- One row: a drop of one source table that was read, in the order in which it came.
-- Why: the stamp says that a file has not changed, the hash that a content has come before under another name.
select
    path,
    size,
    sha256,
    stamp
from ops.drops
where table_name = $table_name
order by drop_seq, path
