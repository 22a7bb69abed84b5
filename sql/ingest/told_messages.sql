-- One row goes: an incoming message of the archives $paths that is stored already.
-- DuckDB only: it deletes in place. An id stands for one content: redacted anew it would be a version of each old day.
delete from temp.incoming as i
where
    list_contains($paths, i.drop_path)
    and exists (
        select 1
        from temp.stored_messages as c
        where
            c.message_id = i.message_id
            and c.sent_at = i.sent_at
            and c.group_id = i.group_id
            and c.sender_role = i.sender_role
            and c.sku_id is not distinct from i.sku_id
            and c.reply_to_message_id is not distinct from i.reply_to_message_id
    )
