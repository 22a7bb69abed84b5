-- One row goes: a rejected row that has left the checked ones.
-- DuckDB only: it deletes rows in place, of a temporary table that exists in one engine alone.
delete from temp.rejected
where
    checked_row not in (
        select c.rowid
        from temp.checked as c
    )
