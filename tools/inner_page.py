"""Writes the page of the tables that live from night to night, from their contracts.

`python -m tools.inner_page docs/tables-inside.md` writes it; with `--check` it writes nothing and
leaves with 1 where the page is not what the contracts say.
"""

from __future__ import annotations

import sys
from pathlib import Path

from xuanpin.pipelines.contracts import Contract, inner_contracts
from xuanpin.pipelines.contracts.dictionary import markdown_table
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.nightly import STEPS

HEAD = """# Tables inside · 内部表

The tables of the warehouse that live from night to night, beside the source tables: schema `history` holds what is kept
up to date, `ops` the books of the home. They are created from `data_contracts/inner/` when a home is opened, and no
reader outside may rely on them. `python -m tools.inner_page` writes this page.
仓库中跨夜保留的内部表，由 `data_contracts/inner/` 生成，请勿直接修改；外部读者不应依赖这些表。

Bold columns identify a row; `?` marks a column that may be empty.
加粗的列构成主键；`?` 表示可为空。
"""


NIGHT = """## Tables of one night · 当夜的表

Schema `night` is written anew by each night; a step hands over to the next one through it. A table that no other step
reads is a stage of its step's own SQL. `source.*` is described in the [data dictionary](data-dictionary.md).
"""


def inner_page() -> str:
    """The whole page as Markdown: the tables in one list, then each with its columns."""
    contracts = inner_contracts()
    overview = markdown_table(
        ("table · 表", "one row", "written by", "read by"),
        ((f"[{_name(c)}](#{_anchor(c)})", c.grain.rstrip("."), *_steps(_name(c))) for c in contracts),
    )
    nightly = sorted({name for step in STEPS for name in step.writes if name.startswith("night.")})
    night = markdown_table(("table · 表", "written by", "read by"), ((name, *_steps(name)) for name in nightly))
    return "\n".join([HEAD, overview, *map(_table, contracts), NIGHT, night])


def _steps(table: str) -> tuple[str, str]:
    """The steps of the night that write a table, and those that read what another step or night wrote."""
    writers = (step.name for step in STEPS if table in step.writes)
    readers = (step.name for step in STEPS if table in step.reads)
    return ", ".join(writers), ", ".join(readers)


def main(page: Path, is_check: bool) -> int:
    """Write the page, or only say whether it is current; returns the exit code."""
    if not is_check:
        page.write_text(inner_page(), encoding="utf-8")
        return 0
    is_current = page.exists() and page.read_text(encoding="utf-8") == inner_page()
    if not is_current:
        print(f"{page} is not what the contracts say; run python -m tools.inner_page {page}")
    return 0 if is_current else 1


def _name(contract: Contract) -> str:
    return f"{contract.layer}.{contract.name}"


def _anchor(contract: Contract) -> str:
    """The link target that Markdown readers give to the heading of a table."""
    return f"{contract.layer}{contract.name}--{contract.name_zh}"


def _table(contract: Contract) -> str:
    columns = markdown_table(
        ("column · 列", "type · 类型", "unit · 单位", "meaning", "含义"),
        (_column(column, column.name in contract.key) for column in contract.columns),
    )
    return "\n".join(
        [
            f"### {_name(contract)} · {contract.name_zh}\n",
            f"{contract.description} {contract.grain}",
            f"{contract.description_zh}\n",
            columns,
        ]
    )


def _column(column: Column, in_key: bool) -> tuple[str, ...]:
    name = f"**{column.name}**" if in_key else column.name
    return (
        name + ("" if column.required else "?"),
        column.type,
        column.unit or "",
        column.description,
        column.description_zh,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--check" in sys.argv[2:]))
