"""Writes the data dictionary page from the contracts: `python -m xuanpin.pipelines.contracts.dictionary PAGE`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from xuanpin.pipelines.contracts import Contract, published_contracts, schema_version, source_contracts
from xuanpin.pipelines.contracts.reason_codes import ReasonCode, reason_codes
from xuanpin.pipelines.contracts.sql import Column, Rule, TableRule

HEAD = """# Data dictionary · 数据字典

Written from `data_contracts/` by `make dictionary`; change it there.
本页由 `data_contracts/` 生成，请勿直接修改。

Bold columns identify a row; `?` marks a column that may be empty. Times carry a time zone when they come in and are
Beijing wall-clock times inside. Rates and shares run from 0 to 1.
加粗的列构成主键；`?` 表示可为空。外部时间须带时区，内部统一为北京时间；比率与占比均在 0 到 1 之间。
"""


def data_dictionary() -> str:
    """The whole page as Markdown: source tables, published tables, reason codes."""
    parts = [
        HEAD,
        "## Source tables · 源表\n",
        *map(_table, source_contracts()),
        f"## Published tables · 发布表\n\nSchema version · 结构版本 {schema_version()}\n",
        *map(_table, published_contracts()),
        "## Reason codes · 原因代码\n",
        markdown_table(("code · 代码", "sentence", "说明", "tables · 表"), map(_reason, reason_codes().values())),
    ]
    return "\n".join(parts)


def _table(contract: Contract) -> str:
    fresh = f" Fresh within {contract.freshness_days} days." if contract.freshness_days is not None else ""
    columns = markdown_table(
        ("column · 列", "type · 类型", "unit · 单位", "meaning", "含义", "values · 取值"),
        (_column(column, column.name in contract.key) for column in contract.columns),
    )
    return "\n".join(
        [
            f"### {contract.name} · {contract.name_zh}\n",
            f"{contract.description} {contract.grain} Owner: {contract.owner}."
            f" Read by: {', '.join(contract.consumers)}.{fresh}",
            f"{contract.description_zh}\n",
            columns,
            *_rules(contract),
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
        _values(column),
    )


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
