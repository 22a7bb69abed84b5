"""The only door to the database: run a SQL file, replace a table or a part of it, read the result."""

from xuanpin.pipelines.engine.arrow import numbers
from xuanpin.pipelines.engine.aside import another, aside
from xuanpin.pipelines.engine.beside import file_rows, file_rows_among, stacked_rows
from xuanpin.pipelines.engine.copying import copy_warehouse
from xuanpin.pipelines.engine.duck import DuckEngine
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.engine.found_rows import finding, write_found
from xuanpin.pipelines.engine.library import SqlFile, load_sql, sql_stems
from xuanpin.pipelines.engine.one_select import foreign_parts, selected_columns
from xuanpin.pipelines.engine.opening import open_engine, open_memory
from xuanpin.pipelines.engine.protocol import BlockFunction, Engine, Rows
from xuanpin.pipelines.engine.published_runs import PublishedRuns, build_runs, publish_runs
from xuanpin.pipelines.engine.publishing import put_in_place
from xuanpin.pipelines.engine.without_pandas import do_without_pandas

__all__ = [
    "BlockFunction",
    "DuckEngine",
    "Engine",
    "EngineError",
    "PublishedRuns",
    "Rows",
    "SqlFile",
    "another",
    "aside",
    "build_runs",
    "copy_warehouse",
    "do_without_pandas",
    "file_rows",
    "file_rows_among",
    "finding",
    "foreign_parts",
    "load_sql",
    "numbers",
    "open_engine",
    "open_memory",
    "publish_runs",
    "put_in_place",
    "selected_columns",
    "sql_stems",
    "stacked_rows",
    "write_found",
]
