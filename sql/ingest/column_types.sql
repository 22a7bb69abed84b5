-- One row: a column of the table $schema_name.$table_name with its type, in the table's order.
-- DuckDB only: it reads the engine's own catalogue.
select
    column_name,
    data_type
from duckdb_columns()
where schema_name = $schema_name and table_name = $table_name
order by column_index
