"""Writes the page and the workbook of a run that was made from an earlier one: why, what left, what replaced it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import Language, reason_sentence
from xuanpin.pipelines.reporting.page_policy import policy
from xuanpin.pipelines.typed.workbooks import Sheet, write_workbook

# Not imported from the full report, whose libraries take seconds to load: a recall has to be fast.
LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
COLUMNS = ("list_rank", "sku_id", "title", "category", "role", "list_price", "landmine_probability", "sellable_units")
MOVE_COLUMNS = ("move", "sku_id", "title", "category", "reason")
WIDTHS = {"title": 48, "reason": 48}


def write_changes(night: Night, folder: Path, run: dict[str, Any]) -> None:
    """Write report.html and report.xlsx into a run's `folder`; `run` is its manifest with state and both reasons."""
    listed = night.engine.read("night.sku_list", columns=COLUMNS, order_by=("list_rank",)).to_pylist()
    left, entered = (night.engine.select(f"changes_{move}").to_pylist() for move in ("left", "entered"))
    counts = night.engine.select("changes_counts").to_pylist()[0]
    style, script = _resource("style.css"), _resource("changes.js")
    page = _template().render(
        run=run, style=Markup(style), script=Markup(script), policy=policy([style], [script]), columns=COLUMNS,
        listed=listed, left=left, entered=entered, counts=counts,
        reason=_in_both({"zh": run["reason_zh"], "en": run["reason"]}),
    )  # fmt: skip
    (folder / "report.html").write_text(page, encoding="utf-8")
    moves = [("out", row) for row in left] + [("in", row) for row in entered]
    sheets = [
        Sheet("今日清单 list", COLUMNS, ([_cell(row[name]) for name in COLUMNS] for row in listed), WIDTHS),
        Sheet("变化 moves", MOVE_COLUMNS, ([move, *map(_cell, row.values())] for move, row in moves), WIDTHS),
    ]
    with (folder / "report.xlsx").open("wb") as out:
        write_workbook(out, sheets, night.list_date)


def _cell(value: Any) -> Any:
    return (value[0] if value else "") if isinstance(value, list) else value


def _template() -> jinja2.Template:
    texts = yaml.load(_resource("changes.yaml"), Loader=yaml.CSafeLoader)

    def text(key: str, **values: Any) -> Markup:
        return _in_both({code: str(texts[key][code]).format(**values) for code in LANGUAGES})

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"t": text, "sentence": _sentence}
    return environment.from_string(_resource("changes.html.j2"))


def _sentence(reason: str) -> Markup:
    return _in_both({code: reason_sentence(reason, code) for code in LANGUAGES})


def _in_both(wording: dict[Language, str]) -> Markup:
    """Return spans of which the style sheet shows one."""
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(LANGUAGES[code], wording[code]) for code in wording
    )


def _resource(name: str) -> str:
    return files("xuanpin.pipelines.reporting").joinpath(name).read_text(encoding="utf-8")
