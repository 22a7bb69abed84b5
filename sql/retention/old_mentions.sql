-- One row goes: what was read of a SKU in a message from before $before.
-- DuckDB only: it deletes rows in place.
delete from history.mentions
where known_on < $before
