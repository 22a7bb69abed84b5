-- One row: a row that breaks rules and was not set aside before, redacted, as it enters the quarantine.
-- DuckDB only: temporary tables exist in one engine alone, and only there may the raw text pass.
select
    cast($table_name as varchar) as table_name,
    r.key,
    r.rules,
    s.safe as row,
    'rejected' as state,
    min(r.drop_path) as drop_path,
    cast($drop_seq as bigint) as drop_seq,
    min(struct_pack(drop_path := r.drop_path, drop_row := r.drop_row)).drop_row as drop_row
from temp.rejected as r
inner join temp.safe_row as s on r.row = s.value
where
    not exists (
        select 1
        from ops.quarantine as old
        where old.table_name = $table_name and old.state = 'rejected' and old.row = s.safe
    )
group by r.key, r.rules, s.safe
order by r.key, s.safe
