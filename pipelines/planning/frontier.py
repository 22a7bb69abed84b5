"""The frontier of a night's list under a draft: sizes and promises beside each other, from the problem it left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.home import origin_of
from xuanpin.pipelines.planning.plan import drafted, was_published
from xuanpin.pipelines.planning.problem import Problem, read_problem
from xuanpin.pipelines.planning.words import said, share
from xuanpin.pipelines.selection.frontier import FrontierPoint, frontier_points, regret_rates


@dataclass(frozen=True)
class Frontier:
    """The frontier of the list of `list_date`: its `points` in order of size and promise, each of which holds with a
    `confidence` (0-1)."""

    list_date: date
    confidence: float
    points: tuple[FrontierPoint, ...]


def frontier(run_folder: Path, draft: Draft | None = None, recalled: Sequence[str] = ()) -> Frontier:
    """Return the frontier of the problem of the run in `run_folder` under a `draft`, without what was `recalled`, as of
    frontier_problem."""
    return frontier_problem(read_problem(run_folder), draft or Draft(), recalled)


def frontier_problem(problem: Problem, draft: Draft, recalled: Sequence[str] = ()) -> Frontier:
    """Return the frontier of a problem under a `draft`, without what was `recalled`.

    Raises what plan_problem raises for the settings and the pins.
    """
    with drafted(problem, draft, recalled) as found:
        settings = found.night.settings
        confidence = settings.scoring.promise_confidence
        points = frontier_points(settings, found.inputs, regret_rates(found.night), was_published(found))
        return Frontier(found.night.list_date, confidence, tuple(points))


def frontier_of(home: Home, list_date: date | None, draft: Draft) -> Frontier:
    """Return the frontier of the list of `list_date` (the latest without one) under a `draft`; errors as of plan_of."""
    origin = origin_of(home, list_date)
    return frontier(origin.folder, draft, origin.recalled)


def frontier_text(found: Frontier, language: Language) -> str:
    """Return a frontier (`found`) as a small table in `language`."""
    lines = [
        said("frontier_head", language, list_date=found.list_date.isoformat(), confidence=share(found.confidence, 0)),
        said("frontier_columns" if found.points else "frontier_none", language),
    ]
    for point in found.points:
        cells = (
            str(point.list_size),
            share(point.promise),
            str(point.listed),
            f"{point.expected_kept_units:,.0f}",
            share(point.expected_regret_rate, 2),
            share(point.promise_bound),
            share(point.covered_share),
        )
        lines.append(" | ".join(cells))
    return "\n".join(lines)
