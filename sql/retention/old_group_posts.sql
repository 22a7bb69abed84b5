-- One row goes: a post in a group that was known before $before.
-- DuckDB only: it deletes rows in place.
delete from history.group_posts
where known_on < $before
