-- One row goes: a checked row that breaks rules and was set aside before, in the same words or at the same place.
-- DuckDB only: it deletes rows in place, of a temporary table that exists in one engine alone.
delete from temp.checked
where
    rowid in (
        select r.checked_row
        from temp.rejected as r
        inner join temp.safe_row as s on r.row = s.value
        where
            not r.is_bare
            and exists (
                select 1
                from ops.quarantine as old
                where old.table_name = $table_name and old.state = 'rejected' and old.row = s.safe
            )
    )
    or rowid in (
        select r.checked_row
        from temp.rejected as r
        inner join temp.safe_row as s on r.row = s.value
        where
            r.is_bare
            and exists (
                select 1
                from ops.quarantine as old
                where
                    old.table_name = $table_name
                    and old.state = 'rejected'
                    and old.row = s.safe
                    and old.drop_path = r.drop_path
                    and old.drop_row = r.drop_row
            )
    )
