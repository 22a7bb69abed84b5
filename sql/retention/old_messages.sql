-- One row goes: a message from before $before.
-- DuckDB only: it deletes rows in place.
delete from source.chat_messages
where known_on < $before
