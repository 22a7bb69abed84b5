-- One row: a table that lives in the warehouse file and has a column of this name.
-- DuckDB only: it reads the engine's own catalogue, so that no table is forgotten when one is added.
select c.schema_name || '.' || c.table_name as table_name
from duckdb_columns() as c
inner join duckdb_tables() as t on c.schema_name = t.schema_name and c.table_name = t.table_name
where c.column_name = $column_name and c.schema_name in ('source', 'history', 'night')
order by c.schema_name, c.table_name
