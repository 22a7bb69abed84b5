-- One row: a drop that brought rows, and how many.
-- DuckDB only: temporary tables exist in one engine alone.
select
    drop_path,
    count(*) as rows
from temp.incoming
group by drop_path
