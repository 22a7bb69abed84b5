"""Says as Markdown what a reviewer needs to decide on a list: figures, changes, alarms and where the report is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.figures import figure_rows, published_reader, run_figures
from xuanpin.pipelines.missing.prices import manifest_prices
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.reporting.alarms import published_alarms, statements
from xuanpin.pipelines.republishing.dangers import held_sentence, held_skus
from xuanpin.pipelines.republishing.holds import held_reason
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import Phrase, as_is, in_language, joined, phrase

SHOWN = 10
"""Rows of each kind that a summary shows; the report has all."""


def review_summary(home: Home, list_date: date | None = None) -> Phrase:
    """Return what a reviewer needs to decide, as Markdown.

    It describes the run of `list_date` (of the latest list without one) that waits, or the current one where none does;
    raises UsageError where there is neither.
    """
    run = run_store.latest_run(home, list_date)
    listed = run_store.read_table(home, run, "sku_list").sort_by("list_rank").to_pylist()
    alarms = published_alarms(home, run)
    reason, held = held_reason(home, run), held_skus(home, run)
    return _paragraphs(
        phrase("## List for {list_date}: {state}", list_date=run.list_date, state=run_store.STATES[run.state]),
        *([phrase("Held by a brake. {reason}", reason=reason)] if reason else []),
        *([held_sentence(held)] if held else []),
        *manifest_prices(run_store.manifest(home, run)),
        _figures(home, run, len(alarms)),
        *_changes(home, run, listed),
        *_alarms(alarms),
        phrase("Report: {report}", report=run_store.run_folder(home, run) / "report.html"),
    )


def _figures(home: Home, run: run_store.CurrentRun, alarms: int) -> Phrase:
    figures = run_figures(published_reader(home, run), alarms)
    names = zip(figure_rows(figures, "en"), figure_rows(figures, "zh"), strict=True)
    rows = [(Bilingual(english, chinese), as_is(value)) for (english, value), (chinese, _) in names]
    return _markdown((phrase("figure"), Bilingual("value", "数值")), rows)


def _changes(home: Home, run: run_store.CurrentRun, listed: list[dict[str, Any]]) -> list[Phrase]:
    """The paragraphs on what entered and left since the list before."""
    earlier = run_store.earlier_run(home, date.fromisoformat(run.list_date))
    if earlier is None:
        return [phrase("This is the first list.")]
    before = run_store.read_table(home, earlier, "sku_list").sort_by("list_rank").to_pylist()
    now, then = ({row["sku_id"]: row for row in rows} for rows in (listed, before))
    entered = [row for sku, row in now.items() if sku not in then]
    left = [row for sku, row in then.items() if sku not in now]
    count = phrase(
        "Against {list_date}: {entered} in, {left} out.",
        list_date=earlier.list_date,
        entered=len(entered),
        left=len(left),
    )
    more = max(len(entered), len(left)) > SHOWN
    head = (
        joined((count, phrase("The first {shown} of each; the report has all.", shown=SHOWN)), " ") if more else count
    )
    moves = ((phrase("in"), entered), (phrase("out"), left))
    rows = [(move, as_is(row["sku_id"]), as_is(row["title"])) for move, found in moves for row in found[:SHOWN]]
    return [head, *([_markdown((phrase("move"), as_is("SKU"), phrase("title")), rows)] if rows else [])]


def _alarms(alarms: list[dict[str, Any]]) -> list[Phrase]:
    """The paragraphs on alarms, one row a subject: how serious, what it is, its place, and what is wrong, in words."""
    if not alarms:
        return [phrase("No alarms.")]
    head = (phrase("severity"), phrase("of"), phrase("title"), phrase("place"), phrase("what"))
    rows = [
        (
            _text("severity_", row["severity"], row["severity"]),
            phrase(
                "{level} {entity_id}", level=_text("level_", row["level"], row["level"]), entity_id=row["entity_id"]
            ),
            as_is(row["title"] or ""),
            as_is(row["list_rank"] or ""),
            joined([Bilingual(said["en"], said["zh"]) for said in statements(row)], " "),
        )
        for row in alarms[:SHOWN]
    ]
    more = phrase("The first {shown} of {count}; the report has all.", shown=SHOWN, count=len(alarms))
    return [_markdown(head, rows), *([more] if len(alarms) > SHOWN else [])]


def _text(prefix: str, name: str, english: str) -> Bilingual:
    """The report's Chinese for a published value, beside the value as it is published."""
    return Bilingual(english, words.texts()[prefix + name]["zh"])


def _markdown(head: Sequence[Phrase], rows: Sequence[Sequence[Phrase]]) -> Phrase:
    """A table in both languages, with the marks of one escaped in its cells."""
    return Bilingual(*(_table([head, [as_is("---")] * len(head), *rows], language) for language in ("en", "zh")))


def _table(lines: Sequence[Sequence[Phrase]], language: Language) -> str:
    cells = [[in_language(cell, language).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _paragraphs(*parts: Phrase) -> Phrase:
    """The `parts` with a blank line between them, and a line end after the last."""
    return Bilingual(*("\n\n".join(in_language(part, code) for part in parts) + "\n" for code in ("en", "zh")))
