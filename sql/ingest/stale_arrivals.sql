-- One row goes: a day of a source table that gained or lost rows.
-- DuckDB only: it deletes rows in place, and temporary tables exist in one engine alone.
delete from ops.arrivals
where
    table_name = $table_name
    and known_on in (
        select known_on
        from temp.changed_days
    )
