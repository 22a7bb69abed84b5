"""Writes the data dictionary page from the contracts: `python -m xuanpin.pipelines.contracts.dictionary PAGE`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from xuanpin.pipelines.contracts import Contract, published_contracts, source_contracts
from xuanpin.pipelines.contracts.feed import FOLLOWED, feed_contract
from xuanpin.pipelines.contracts.reason_codes import ReasonCode, reason_codes
from xuanpin.pipelines.contracts.sql import Column, Rule, TableRule
from xuanpin.pipelines.typed.plurals import filled

HEAD = """# Data dictionary · 数据字典

Generated from `data_contracts/`: change the contracts, then run
`python -m xuanpin.pipelines.contracts.dictionary docs/data-dictionary.md`.
本页由 `data_contracts/` 生成，请勿直接修改。

Bold columns identify a row; `?` marks a column that may be empty. Times in sources have a time zone and are stored as
Beijing wall-clock times. Rates and shares run from 0 to 1.
加粗的列构成主键；`?` 表示可为空。外部时间须带时区，内部统一为北京时间；比率与占比均在 0 到 1 之间。
"""

FEED = """Beside an entry of the journal (`published/changes/<number>/change.json`) that shows another run: a file a
table, a row for each key that came, went or changed. Columns beside the key are as in the new run, and empty where the
row went.
变更日志中每个更换运行的条目旁，每张表一个文件：新增、移除或变化的每个键一行；主键以外的列为新运行中的取值，移除的行为空。
"""


def data_dictionary() -> str:
    """The whole page as Markdown: source tables, published tables, the change feed, reason codes."""
    parts = [
        HEAD,
        "## Source tables · 源表\n",
        *map(_table, source_contracts()),
        "## Published tables · 发布表\n",
        *map(_table, published_contracts()),
        f"## Change feed · 变更流\n\n{FEED}",
        *map(_feed, FOLLOWED),
        "## Reason codes · 原因代码\n",
        markdown_table(("code · 代码", "sentence", "说明", "tables · 表"), map(_reason, reason_codes().values())),
    ]
    return "\n".join(parts)


def _table(contract: Contract) -> str:
    fresh = (
        ""
        if contract.freshness_days is None
        else f" Fresh within {filled('{n} days', {'n': contract.freshness_days})}."
    )
    facts = f" Version {contract.version}. Owner: {contract.owner}. Read by: {', '.join(contract.consumers)}.{fresh}"
    section = table_section(contract, contract.name, facts, {"values · 取值": _values})
    return "\n".join([section, *_rules(contract)])


def _feed(table: str) -> str:
    contract = feed_contract(table)
    return table_section(contract, contract.name)


def table_section(
    contract: Contract, name: str, facts: str = "", more: Mapping[str, Callable[[Column], str]] | None = None
) -> str:
    """Describe one table in Markdown: heading, description, grain and columns.

    `name` is the heading's, `facts` follows the grain, and `more` adds columns by their head.
    """
    added = more or {}
    head = ("column · 列", "中文名", "type · 类型", "unit · 单位", "meaning", "含义", *added)
    rows = (
        (*_cells(column, column.name in contract.key), *(cell(column) for cell in added.values()))
        for column in contract.columns
    )
    texts = f"{contract.description} {contract.grain}{facts}\n{contract.description_zh}\n"
    return "\n".join([f"### {name} · {contract.name_zh}\n", texts, markdown_table(head, rows)])


def _cells(column: Column, in_key: bool) -> tuple[str, ...]:
    name = f"**{column.name}**" if in_key else column.name
    shown = name + ("" if column.required else "?")
    return shown, column.title_zh, column.type, column.unit or "", column.description, column.description_zh


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"{value} {label}" for value, label in zip(column.allowed, column.labels_zh, strict=True))
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum} – {column.maximum}"
    return f"≥ {column.minimum}" if column.minimum is not None else ""


def _rules(contract: Contract) -> list[str]:
    rules: list[Rule | TableRule] = [*contract.declared_rules, *contract.table_rules]
    lines = [f"- {rule.name} ({rule.severity}): {rule.description}" for rule in rules]
    return ["Never · 不允许：\n", *lines, ""] if lines else []


def _reason(code: ReasonCode) -> tuple[str, ...]:
    return code.code, code.en, code.zh, ", ".join(code.tables)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells below a head as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(data_dictionary(), encoding="utf-8")
