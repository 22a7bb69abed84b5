-- One row: a name of a sender of chat that the list for redaction does not hold yet.
-- DuckDB only: temporary tables exist in one engine alone, and only there may the raw names pass.
with list_names as (
    select distinct trim(u.called) as name
    from temp.incoming as i
    cross join unnest(string_split(i.sender_name, chr(10))) as u (called)
)

select n.name
from list_names as n
where
    n.name <> ''
    and not exists (
        select 1
        from ops.known_names as k
        where n.name = k.name
    )
