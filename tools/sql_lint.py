"""Checks every file under sql/ against the subset that two engines run and the layout rules.

Run `python -m tools.sql_lint`; it prints one line a fault and exits with 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

from tools.sql_rules import complaints, unknown_tables
from xuanpin.pipelines.contracts import TABLES, load_contract
from xuanpin.pipelines.engine.cluster.dialect import translated
from xuanpin.pipelines.engine.failures import EngineError

ROOT = Path(__file__).resolve().parents[1] / "sql"
WIDTH = 120
# Comments and quoted text may say anything; what is left is SQL.
QUOTED = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
ONE_ENGINE = re.compile(r"^-- (DuckDB|PostgreSQL) only: ", re.MULTILINE)
"""The second header line of a file that one engine alone has to understand."""
ONE_ENGINE_FOLDERS = ("ingest", "stand_ins", "retention")
"""Where such files may stand: ingest and retention run only where the warehouse is."""


def main() -> int:
    """Print the faults of every SQL file; return 1 when there is any, else 0."""
    files = sorted(ROOT.rglob("*.sql"))
    found = [f"sql/{file.relative_to(ROOT)}: {fault}" for file in files for fault in lint_file(file)]
    print("\n".join([*found, f"{len(files)} SQL files, {len(found)} faults"]))
    return 1 if found else 0


def lint_file(file: Path) -> list[str]:
    """Return the faults of one file, whose stem decides which contract its columns follow."""
    return lint(file.read_text(encoding="utf-8"), file.stem, file.parent.name)


def lint(text: str, stem: str, folder: str = "") -> list[str]:
    """Return the faults of one SQL text, each with what to write instead; empty when there is none."""
    faults = list(_shape(text))
    engine = ONE_ENGINE.search(text)
    try:
        dialect = engine[1].lower().replace("postgresql", "postgres") if engine else "duckdb"
        statements = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except sqlglot.ParseError as error:
        return [*faults, f"sqlglot cannot read it: {str(error).splitlines()[0]}; write the common form"]
    if engine:
        return [*faults, *_one_engine(statements, engine[1], folder)]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return [*faults, f"{len(statements)} statements: a file is one select"]
    tree = statements[0]
    if re.search(r"\blen\(", QUOTED.sub("", text)):
        faults.append("len(x) is of texts alone on the other engine: length(text) or array_length(list)")
    faults += dict.fromkeys(complaints(tree))
    faults += _final_columns(tree, stem)
    faults += _other_engine(text)
    return faults


def _one_engine(statements: list[exp.Expr], engine: str, folder: str) -> Iterator[str]:
    """What is asked of a file that one engine alone runs: its folder, one statement, tables with a schema."""
    if folder not in ONE_ENGINE_FOLDERS:
        yield f"{engine} only: such a file stands in {' or '.join(ONE_ENGINE_FOLDERS)}; elsewhere write the common form"
    if len(statements) != 1 or not isinstance(statements[0], exp.Query | exp.Delete | exp.Update):
        yield f"{len(statements)} statements: a file is one select, delete or update"
    elif engine == "DuckDB":
        yield from unknown_tables(statements[0])


def _shape(text: str) -> Iterator[str]:
    lines = text.splitlines()
    header = [line.startswith("-- ") for line in lines[:3]]
    if header != [True, True, False]:
        yield "the header is two comment lines: what one row is, then the reason that is not obvious"
    sql = QUOTED.sub("", text)
    loud = re.search(r"[A-Z]\w*", sql)
    if loud:
        yield f"{loud.group()}: write lower case"
    wide = [number for number, line in enumerate(sql.splitlines(), start=1) if len(line) > WIDTH]
    if wide:
        yield f"line {wide[0]} is over {WIDTH} wide: break it"
    if re.search(r"\blen\(", sql) and not ONE_ENGINE.search(text):
        yield "len( is of a list or a text: write array_length(x) or length(x)"
    if "::" in sql:
        yield ":: is DuckDB's cast: write cast(x as type)"


def _final_columns(tree: exp.Query, stem: str) -> Iterator[str]:
    unnamed = [item.sql() for item in tree.selects if not item.alias_or_name]
    if unnamed:
        yield f"final column {unnamed[0]} has no name: add as …"
    promised = _promised_columns(stem)
    written = tuple(item.alias_or_name for item in tree.selects)
    if promised and written[: len(promised)] != promised:
        yield f"final columns differ from the contract: write {', '.join(promised)} in this order, yours after them"


def _promised_columns(stem: str) -> tuple[str, ...]:
    """Columns that a staged or published table owes its contract; () for a table in between."""
    staged = stem.removeprefix("stg_")
    if staged != stem and staged in TABLES["source"]:
        contract = load_contract(staged).stored()
        wide = [column.name for column in contract.columns if column.wide]
        return contract.without(*contract.audit_only_columns(), *wide).column_names
    if stem in TABLES["published"]:
        return load_contract(stem).unstamped().column_names
    return ()


def _other_engine(text: str) -> Iterator[str]:
    try:
        translated(text)
    except EngineError as error:
        yield f"does not translate to Spark: {str(error).splitlines()[0]}; write the common form"


if __name__ == "__main__":
    sys.exit(main())
