"""Writes the page of inner tables, those that the warehouse keeps from night to night, from their contracts.

`python -m tools.inner_page docs/tables-inside.md` writes it; with `--check` it writes nothing and
exits with 1 if the page differs from the contracts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from xuanpin.pipelines.contracts import Contract, inner_contracts
from xuanpin.pipelines.contracts.dictionary import markdown_table, table_section
from xuanpin.pipelines.nightly import STEPS

HEAD = """# Inner tables · 内部表

Besides the source tables, the warehouse keeps these tables from night to night: schema `history` holds what each night
updates, `ops` the records of the home. They are created from `data_contracts/inner/` when a home is opened; readers
must not rely on them. `python -m tools.inner_page` writes this page.
仓库中跨夜保留的内部表，由 `data_contracts/inner/` 生成，请勿直接修改；外部读者不应依赖这些表。

Bold columns identify a row; `?` marks a column that may be empty.
加粗的列构成主键；`?` 表示可为空。
"""


NIGHT = """## Tables of one night · 当夜的表

Each night writes schema `night` again; steps pass data to later steps through it. A table that no other step
reads is an intermediate result of its own step. `source.*` is described in the [data dictionary](data-dictionary.md).
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
    sections = (table_section(contract, _name(contract)) for contract in contracts)
    return "\n".join([HEAD, overview, *sections, NIGHT, night])


def _steps(table: str) -> tuple[str, str]:
    """The steps of the night that write a table, and those that read what another step or night wrote."""
    writers = (step.name for step in STEPS if table in step.writes)
    readers = (step.name for step in STEPS if table in step.reads)
    return ", ".join(writers), ", ".join(readers)


def main(page: Path, is_check: bool) -> int:
    """Write the page, or check whether it is current; return the exit code."""
    if not is_check:
        page.write_text(inner_page(), encoding="utf-8")
        return 0
    is_current = page.exists() and page.read_text(encoding="utf-8") == inner_page()
    if not is_current:
        print(f"{page} differs from the contracts; run python -m tools.inner_page {page}")
    return 0 if is_current else 1


def _name(contract: Contract) -> str:
    return f"{contract.layer}.{contract.name}"


def _anchor(contract: Contract) -> str:
    """The link target that Markdown readers give to the heading of a table."""
    return f"{contract.layer}{contract.name}--{contract.name_zh}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--check" in sys.argv[2:]))
