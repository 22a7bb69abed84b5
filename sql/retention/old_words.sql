-- One row changes: a message from before $before, which stays as a row and loses its text.
-- DuckDB only: it changes rows in place.
update source.chat_messages
set text = ''
where known_on < $before and text <> ''
