-- One row: a customer name that the list for redaction does not hold yet.
-- DuckDB only: temporary tables exist in one engine alone, and only there may the raw names pass.
select distinct trim(i.customer_name) as name
from temp.incoming as i
where
    trim(i.customer_name) <> ''
    and not exists (
        select 1
        from ops.known_names as k
        where trim(i.customer_name) = k.name
    )
