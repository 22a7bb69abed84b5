-- One row: a day of a source table that gained or lost rows, and how many of all its rows had an id cleaned.
-- DuckDB only: temporary tables exist in one engine alone.
select
    c.known_on,
    nullif(coalesce(c.cleaned_rows, 0) + coalesce(a.cleaned_rows, 0), 0) as cleaned_rows
from temp.changes as c
left join ops.arrivals as a
    on a.table_name = $table_name and c.known_on = a.known_on
