-- One row: $text, the view of a deployment, as the engine itself reads it, in JSON.
-- DuckDB only: the view runs there alone, so that its parser decides what the view names.
select json_serialize_sql($text) as tree
