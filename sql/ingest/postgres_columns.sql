-- One row: a column of a table in the source database with its type, in the table's order.
-- PostgreSQL only: it is sent to the source database and reads that one's catalogue.
select
    cast(attname as text) as attname,
    format_type(atttypid, null) as atttype
from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
order by attnum
