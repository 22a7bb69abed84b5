"""Says a plan in plain words, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xuanpin.pipelines.contracts.reason_codes import Language, parse_reason, reason_sentence
from xuanpin.pipelines.planning.figures import Figures
from xuanpin.pipelines.planning.plan import Leaving, Plan
from xuanpin.pipelines.typed.plurals import filled

SHOWN = 10
"""SKUs of each kind that the text names; the JSON has all."""


def plan_text(plan: Plan, language: Language) -> str:
    """Return what a plan changes, one line a figure and a SKU, in `language`."""
    return "\n".join(
        [
            said("head", language, list_date=plan.list_date.isoformat()),
            *_figures(plan.before, plan.after, language),
            *(reason_sentence(reason, language) for reason in plan.after.promise_reasons),
            *_skus(plan, language),
            *_notes(plan, language),
        ]
    )


def said(key: str, language: Language, **values: Any) -> str:
    """Return the text `key` in `language`, filled with `values`."""
    return filled(_texts()[key][language], values)


def share(value: float | None, places: int = 1) -> str:
    """Write a share (`value`, 0-1) as a percentage with so many decimal `places`; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.{places}f} %"


def _figures(before: Figures, after: Figures, language: Language) -> list[str]:
    cells = [figure_cells(figures, language) for figures in (before, after)]
    return [said(key, language, before=cells[0][key], after=cells[1][key]) for key in cells[0]]


def figure_cells(figures: Figures, language: Language) -> dict[str, str]:
    """Return what is stated of a list (`figures`), a text a figure in `language`, in the order in which it is read."""
    bound = {"bound": share(figures.promise_bound), "promise": share(figures.promise)}
    return {
        "listed": said("of", language, n=figures.listed, most=figures.list_size),
        "kept_units": f"{figures.expected_kept_units:,.1f}",
        "regret_rate": share(figures.expected_regret_rate, 2),
        "bound": said("bound_of", language, **bound, confidence=share(figures.promise_confidence, 0)),
        "can_promise": said("yes" if figures.can_promise else "no", language),
        "covered": share(figures.covered_share),
        "segments": said("of", language, n=figures.short_segments, most=figures.segments),
        "gap": share(figures.gap, 2),
    }


def _skus(plan: Plan, language: Language) -> Iterator[str]:
    if not (plan.entering or plan.leaving or plan.moved):
        yield said("same", language)
    entering = [
        said(
            "sku_in",
            language,
            sku_id=sku.sku_id,
            title=sku.title,
            rank=sku.list_rank,
            kept=f"{sku.expected_kept_units:,.1f}",
            risk=share(sku.landmine_probability),
        )
        for sku in plan.entering[:SHOWN]
    ]
    leaving = [
        said("sku_out", language, sku_id=gone.sku.sku_id, title=gone.sku.title, reason=leaving_sentence(gone, language))
        for gone in plan.leaving[:SHOWN]
    ]
    moved = [
        said(
            "sku_moved",
            language,
            sku_id=move.sku.sku_id,
            title=move.sku.title,
            before=move.rank_before,
            rank=move.sku.list_rank,
        )
        for move in sorted(plan.moved, key=lambda move: -abs(move.sku.list_rank - move.rank_before))[:SHOWN]
    ]
    for key, lines, count in (
        ("entering", entering, len(plan.entering)),
        ("leaving", leaving, len(plan.leaving)),
        ("moved", moved, len(plan.moved)),
    ):
        yield from _group(key, lines, count, language)


def _group(key: str, lines: Sequence[str], count: int, language: Language) -> Iterator[str]:
    if count:
        yield said(key, language, n=count)
        yield from lines
    if count > len(lines):
        yield said("more", language, n=count - len(lines))


def leaving_sentence(gone: Leaving, language: Language) -> str:
    """Return why a SKU (`gone`) leaves the list, in `language`; one that only the draft's cap keeps off has no
    figures."""
    code, values = parse_reason(gone.reason)
    return reason_sentence(gone.reason, language) if values or code not in _texts() else said(code, language)


def relaxed_sentence(plan: Plan, language: Language) -> str:
    """Return which firm rules the drafted list of a `plan` gives up, in `language`; '' where it keeps them all."""
    rules = "; ".join(said(side, language, name=name, by=f"{by:g}") for name, by, side in plan.relaxed)
    return said("relaxed", language, rules=rules) if rules else ""


def _notes(plan: Plan, language: Language) -> Iterator[str]:
    if plan.relaxed:
        yield relaxed_sentence(plan, language)
    if plan.needs_night:
        yield said("needs_night", language, keys=", ".join(plan.needs_night))


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.load(
        files("xuanpin.pipelines.planning").joinpath("texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return loaded
