"""Whole SQL statements stand in sql/, where two engines' rules and a spec test hold them, and not in Python strings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

ROOT = Path(__file__).resolve().parents[2]
WRITERS = (
    "pipelines/engine/beside.py",
    "pipelines/engine/blocks.py",
    "pipelines/engine/cluster/",
    "pipelines/engine/duck.py",
    "pipelines/engine/names.py",
    "pipelines/engine/published_runs.py",
    "pipelines/engine/publishing.py",
    "pipelines/engine/run_files.py",
    "pipelines/engine/warehouse_file.py",
    "pipelines/contracts/statements.py",
    "pipelines/delivery/postgres/schema_statements.py",
    "pipelines/delivery/postgres/statements.py",
    "pipelines/ingest/statements/",
    "pipelines/migration/",
)
"""Modules that write what follows from a name, a contract or the shape of a drop."""
STATEMENTS = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Drop, exp.Alter, exp.Copy, exp.Merge)
FIRST_WORD = re.compile(r"\s*(select|with|from|insert|update|delete|create|drop|alter|copy|merge)\s", re.IGNORECASE)


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring; what a format string fills in reads `filled`."""
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in pieces or id(node) in notes:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "filled" for part in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def is_statement(text: str) -> bool:
    """Whether a text is a whole SQL statement."""
    if not FIRST_WORD.match(text):
        return False
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return False
    return any(isinstance(tree, STATEMENTS) for tree in trees)


def found_in(text: str) -> list[int]:
    """The lines of a module on which a string is a whole statement."""
    return [line for line, string in strings(ast.parse(text)) if is_statement(string)]


@pytest.mark.parametrize(
    "line",
    [
        'rows = engine.query("select sku_id from night.sku_list")',
        "rows = engine.query(f'select {column} from night.{name} order by {key}')",
        'engine.execute("delete from ops.drops where path = $path")',
        'sql = """\nwith a as (select 1 as x)\nselect x from a\n"""',
        "engine.execute(f'create or replace temp table {name} as {select}')",
        "engine.execute(f'insert into {table} select * from {rows}')",
        "engine.execute('update night.t set x = 1')",
        "engine.execute(f'drop view {name}')",
    ],
)
def test_a_whole_statement_is_found(line: str) -> None:
    assert found_in(line) == [1]


@pytest.mark.parametrize(
    "line",
    [
        '"""Select the rows from a table."""',
        'stem = "report_headline"',
        'said = f"with another key than {name}"',
        'help = "update the list of SKUs"',
        'condition = "known_on < $before"',
        'note = f"create it, or name another one in {place}"',
    ],
)
def test_prose_and_names_are_no_statements(line: str) -> None:
    assert found_in(line) == []


@pytest.mark.parametrize("package", ["pipelines", "dags"])
def test_no_module_but_the_writers_of_sql_holds_a_statement(package: str) -> None:
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(WRITERS):
            found += [f"{where}:{line}" for line in found_in(path.read_text(encoding="utf-8"))]
    assert not found, (
        f"a whole SQL statement stands in a string: {', '.join(found)}. Put it in sql/<folder>/<stem>.sql and run it "
        "by engine.select, materialise, insert or run; a whole table is engine.read, a change by value or key is "
        "engine.delete_where, delete_keys or replace_value; what follows from a contract is written in "
        "pipelines/contracts/statements.py or pipelines/ingest/statements/"
    )


def test_every_writer_of_sql_still_writes_some() -> None:
    for place in WRITERS:
        files = sorted((ROOT / place).rglob("*.py")) if place.endswith("/") else [ROOT / place]
        assert any(found_in(path.read_text(encoding="utf-8")) for path in files), f"{place} needs no place in WRITERS"
