"""The engine on a cluster: large tables in a lake, their SQL and Python on Spark, all else in the driver's DuckDB."""
