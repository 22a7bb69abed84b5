-- One row: an incoming message that begins or ends with a digit, as a part of a number that was sent in parts does.
-- DuckDB only: temporary tables exist in one engine alone, and only there may the raw texts pass.
select
    i.rowid as row_no,
    i.group_id,
    i.sender_id,
    i.sent_at,
    i.text
from temp.incoming as i
where
    i.sender_role = 'customer'
    and length(i.text) <= $longest
    and regexp_matches(i.text, $pattern)
order by i.group_id, i.sender_id, i.sent_at, i.message_id, row_no
