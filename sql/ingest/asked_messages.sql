-- One row: what names an incoming message of the archives $paths.
-- DuckDB only: raw rows stand in its temporary tables alone; an id of the sender or a text is not among these columns.
select distinct
    message_id,
    sent_at,
    group_id,
    sender_role,
    sku_id,
    reply_to_message_id
from temp.incoming
where list_contains($paths, drop_path)
