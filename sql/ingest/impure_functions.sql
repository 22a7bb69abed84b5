-- One row: a function whose result follows from more than its arguments: the session, the catalogue, the clock, chance.
-- DuckDB only: its own list of functions. Macros outside of `main` ask the catalogue, as do those that call such a function.
select distinct function_name
from duckdb_functions()
where
    function_type = 'pragma'
    or stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')
    or (function_type = 'macro' and (schema_name <> 'main' or regexp_matches(macro_definition, 'current_|pragma_')))
order by function_name
