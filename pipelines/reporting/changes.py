"""Writes the page and the workbook of a run that was made from an earlier one: why, what left, what replaced it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.reporting.columns import cells, column_title, formats, titles, width
from xuanpin.pipelines.reporting.page_policy import policy
from xuanpin.pipelines.typed.workbooks import Sheet, write_workbook

# Nothing here loads the pictures of the full report, whose libraries take seconds: a recall has to be fast.
COLUMNS = ("list_rank", "sku_id", "title", "category", "role", "list_price", "landmine_probability", "sellable_units")
MOVE_COLUMNS = ("move", "sku_id", "title", "category", "reasons")


def write_changes(night: Night, folder: Path, run: dict[str, Any]) -> None:
    """Write report.html and report.xlsx into a run's `folder`; `run` is its manifest with state and both reasons."""
    listed = night.engine.read("night.sku_list", columns=COLUMNS, order_by=("list_rank",)).to_pylist()
    left, entered = (night.engine.select(f"changes_{move}").to_pylist() for move in ("left", "entered"))
    counts = night.engine.select("changes_counts").to_pylist()[0]
    style, script = words.resource("style.css"), words.resource("changes.js")
    page = _template().render(
        run=run, style=Markup(style), script=Markup(script), policy=policy([style], [script]), columns=COLUMNS,
        listed=listed, left=left, entered=entered, counts=counts,
        reason=words.both_languages({"zh": run["reason_zh"], "en": run["reason"]}),
    )  # fmt: skip
    (folder / "report.html").write_text(page, encoding="utf-8")
    moves = [row | {"move": "out"} for row in left] + [row | {"move": "in"} for row in entered]
    sheets = [_sheet("今日清单 list", COLUMNS, listed), _sheet("变化 moves", MOVE_COLUMNS, moves)]
    with (folder / "report.xlsx").open("wb") as out:
        write_workbook(out, sheets, night.list_date)


def _sheet(title: str, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Sheet:
    heads = titles(names, "en")
    widths = dict(zip(heads, map(width, names), strict=True))
    body = (cells(row, names) for row in rows)
    return Sheet(title, heads, body, widths, titles(names, "zh"), formats(names), titles(["reasons"], "en"))


def _shown(name: str, value: Any) -> Markup | str:
    """Return a `value` of the list's column `name` as the page shows it."""
    if name == "role":
        return words.known_text("role_", value)
    return words.percent(value, 0) if name == "landmine_probability" else str(value)


def _template() -> jinja2.Template:
    texts = yaml.load(words.resource("changes.yaml"), Loader=yaml.CSafeLoader)

    def text(key: str, **values: Any) -> Markup:
        return words.both_languages({code: str(texts[key][code]).format(**values) for code in words.LANGUAGES})

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "t": text,
        "sentence": words.sentence,
        "shown": _shown,
        "column_title": lambda name: words.in_both(column_title, name),
    }
    return environment.from_string(words.resource("changes.html.j2"))
