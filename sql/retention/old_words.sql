-- One row changes: a message from before $before, which keeps its place and loses its words.
-- DuckDB only: it changes rows where they stand.
update source.chat_messages
set text = ''
where known_on < $before and text <> ''
