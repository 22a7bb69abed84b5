"""Writes the page of lineage and its picture: which source columns each published column comes from.

`python -m tools.lineage_page` writes docs/lineage.md and docs/pictures/lineage.svg from the facts that events are made
of too; with `--check` it writes nothing and exits with 1 if one of them differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from xuanpin.pipelines.contracts import STAMP, TABLES, load_contract
from xuanpin.pipelines.contracts.dictionary import markdown_table
from xuanpin.pipelines.lineage.facts import ColumnFact, TableFact, origins_of, table_facts
from xuanpin.pipelines.nightly import STEPS

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURE = DOCS / "lineage.md", DOCS / "pictures" / "lineage.svg"
EARLIER = "earlier runs"
"""Stands for what earlier nights published, which the history of later ones keeps."""
MOST_NAMES = 6
"""Source columns that are named one by one; more are counted by table."""
CELL, LEFT, TOP = 64, 190, 110
"""Pixels: a cell of the picture, and where the cells begin."""
HEAD = """# Lineage · 数据血缘

Where the columns of the published tables come from. `python -m tools.lineage_page` writes this page from the facts that
the OpenLineage events of a night are made of: what SQL does is read off the statements of two nights, what Python does
is declared in `pipelines/lineage/declared.yaml`, and tests hold both against a traced night.
发布表的每一列由哪些源列得来。本页与 OpenLineage 事件出自同一份事实，
由 `python -m tools.lineage_page` 生成，请勿直接修改。

No published column is made of `commission_rate`, and none has its rows decided by it: the whole way back is followed by
a test (`tests/unit/test_lineage_facts.py`).
没有任何发布列由 `commission_rate` 得来，也没有任何一行由它决定去留：测试沿整条血缘逐列查验。

![How many columns of each source table the published tables are made of](pictures/lineage.svg)

A number is how many columns of the source table go into the published table. In the tables below, "decided in" is the
table of the night in which the value is computed, from there on it is passed on as it is; "comes from" follows values
back to the sources, and counts what earlier runs published; columns that only decide which rows there are stay out.
格中数字是该发布表用到的源列数；“decided in”是算出该值的当夜表，此后原样传递；“comes from”只追踪取值，
“earlier runs”是以前各夜发布的列；只决定行去留的列不算。
"""
PYTHON = """## What Python computes · 由 Python 计算的表

All other tables of the night are written by one SELECT each, in `sql/`.
其余当夜表各由 `sql/` 中的一条 SELECT 写出。
"""


def page() -> str:
    """Return the whole page as Markdown."""
    facts = table_facts()
    sections = (_section(name, facts) for name in TABLES["published"])
    told = {name: fact.how for name, fact in sorted(facts.items()) if fact.how and not name.startswith("temp.")}
    python = markdown_table(
        ("table · 表", "written by · 步骤", "how"), ((n, _writers(n), how) for n, how in told.items())
    )
    return "\n".join([HEAD, *sections, PYTHON, python])


def picture() -> str:
    """Return the picture as SVG text: published tables down, source tables across, and how many columns go from one
    into the other."""
    across, down = (*TABLES["source"], EARLIER), TABLES["published"]
    counts = {table: _source_columns(table) for table in down}
    width, height = LEFT + CELL * len(across) + 60, TOP + CELL * len(down) // 2 + 20
    most = max(len(names) for own in counts.values() for names in own.values())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
    )
    parts = [head]
    for place, source in enumerate(across):
        x = LEFT + CELL * place + CELL // 2
        parts.append(f'<text transform="translate({x + 4} {TOP - 12}) rotate(-40)">{escape(source)}</text>\n')
    for row, table in enumerate(down):
        y = TOP + CELL * row // 2
        parts.append(
            f'<text x="{LEFT - 12}" y="{y + 21}" text-anchor="end" font-weight="bold">{escape(table)}</text>\n'
        )
        parts += [
            _cell(LEFT + CELL * place, y, len(counts[table].get(source, ())), most)
            for place, source in enumerate(across)
        ]
    return "".join([*parts, "</svg>\n"])


def _cell(x: int, y: int, count: int, most: int) -> str:
    shade = f'fill="#2a6f97" fill-opacity="{0.12 + 0.6 * count / most:.2f}"' if count else 'fill="#f4f4f4"'
    text = f'<text x="{x + CELL // 2}" y="{y + 20}" text-anchor="middle">{count}</text>\n' if count else ""
    return f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL // 2 - 2}" {shade}/>\n{text}'


def _source_columns(table: str) -> dict[str, set[str]]:
    """The source columns that a published table is made of, by source table."""
    found: dict[str, set[str]] = {}
    for column in load_contract(table).column_names:
        for source, name in _sources(f"run.{table}", column):
            found.setdefault(source, set()).add(name)
    return found


def _sources(table: str, column: str) -> list[tuple[str, str]]:
    """The source columns of tonight that a column is made of, and those of earlier runs."""
    tonight = {name: fact for name, fact in table_facts().items() if not name.startswith("published.")}
    origins = sorted(origins_of(table, column, tonight))
    found = [(name.removeprefix("source."), column) for name, column in origins if name.startswith("source.")]
    own = [(name, column) for name, column in found if column in load_contract(name).column_names]
    return own + [(EARLIER, f"{name}.{column}") for name, column in origins if name.startswith("published.")]


def _section(name: str, facts: Mapping[str, TableFact]) -> str:
    contract = load_contract(name)
    head = ("column · 列", "decided in · 算出于", "how · 方式", "comes from · 来源")
    rows = (_row(name, column, facts) for column in contract.column_names if column not in STAMP)
    return f"## {name} · {contract.name_zh}\n\n{markdown_table(head, rows)}"


def _row(name: str, column: str, facts: Mapping[str, TableFact]) -> tuple[str, ...]:
    table, own = decided_in(f"published.{name}", column, facts)
    made = facts[table].columns[own]
    place = f"{table}.{own}" if own != column else table
    return column, place, _how(table, made, facts), _told(_sources(f"run.{name}", column))


def decided_in(table: str, column: str, facts: Mapping[str, TableFact]) -> tuple[str, str]:
    """Return the column in which the value of a `column` of a `table` comes to be; from there on it is passed on.

    A source column is passed on from the drop that it came with, and so is decided in its source table.
    """
    made = facts[table].columns[column]
    if made.kind != "identity" or len(made.origins) != 1 or table.startswith("source."):
        return table, column
    return decided_in(*made.origins[0], facts)


def _how(table: str, made: ColumnFact, facts: Mapping[str, TableFact]) -> str:
    if table.startswith("source."):
        return "as it comes"
    if facts[table].how:
        return "Python" if made.origins or facts[table].deciding else "a setting"
    return "SQL, over many rows" if made.kind == "aggregated" else "SQL"


def _told(sources: Sequence[tuple[str, str]]) -> str:
    by_table: dict[str, list[str]] = {}
    for table, column in sources:
        by_table.setdefault(table, []).append(column)
    if len(sources) <= MOST_NAMES:
        return "; ".join(f"{table}: {', '.join(names)}" for table, names in by_table.items()) or "—"
    return ", ".join(f"{table} {len(names)}" for table, names in by_table.items())


def _writers(table: str) -> str:
    return ", ".join(step.name for step in STEPS if table in step.writes)


def main(is_check: bool) -> int:
    """Write the page and the picture, or check whether they are current; return the exit code."""
    if not is_check:
        PAGE.write_text(page(), encoding="utf-8")
        PICTURE.write_text(picture(), encoding="utf-8")
        return 0
    stale = [path.name for path, text in _written() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for name in stale:
        print(f"{name} differs from the facts of lineage; run python -m tools.lineage_page")
    return 1 if stale else 0


def _written() -> Iterator[tuple[Path, str]]:
    yield PAGE, page()
    yield PICTURE, picture()


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
