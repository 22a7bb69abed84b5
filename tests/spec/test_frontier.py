"""The frontier: the best list of each size under each promise keeps it, and a wider promise costs no value."""

from __future__ import annotations

import ctypes
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.planned_lists import left_run
from tests.support.selection_night import listed_skus, night_of, skus
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.frontier import Frontier, frontier, frontier_text
from xuanpin.pipelines.planning.plan import plan
from xuanpin.pipelines.reporting.charts import BLUE, GREY, ORANGE, draw, frontier_chart
from xuanpin.pipelines.selection.frontier import draw_frontier

FREE: dict[str, Any] = {
    "explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1, "category_max_share": 1.0,
    "supplier_max_share": 1.0, "list_floor": 0,
}  # fmt: skip
DEMAND = [(0, f"S{number:02d}", 1.0) for number in range(0, 60, 2)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty candidates, of which the best are risky; agents ask for 24 slots and are suited by every second SKU."""
    rows = [row | {"landmine_probability": 0.1 if i < 20 else 0.002} for i, row in enumerate(skus(60))]
    folder = tmp_path_factory.mktemp("frontier")
    with night_of(folder / "home", rows, demand=DEMAND, segments=[(0, 2, 48)], list_size=40, **FREE) as night:
        return left_run(night, folder / "run")


@pytest.fixture(scope="module")
def found(run: Path) -> Frontier:
    return frontier(run)


def test_the_grid_is_five_sizes_by_five_promises(found: Frontier) -> None:
    sizes, promises = (20, 30, 40, 50, 60), (0.025, 0.0375, 0.05, 0.075, 0.1)
    assert [(point.list_size, point.promise) for point in found.points] == [(s, p) for s in sizes for p in promises]


def test_each_list_keeps_its_promise_and_size(found: Frontier) -> None:
    assert all(point.promise_bound <= point.promise for point in found.points)
    assert all(point.listed <= point.list_size for point in found.points)
    assert all(0.0 <= point.gap <= 1e-3 for point in found.points)


def test_a_wider_promise_is_worth_no_less(found: Frontier) -> None:
    for size in {point.list_size for point in found.points}:
        objectives = [point.objective for point in found.points if point.list_size == size]
        assert all(narrow <= wide * (1 + 2e-3) for narrow, wide in pairwise(objectives))
        assert objectives[0] < objectives[-1] or size == 20


def test_a_plan_of_a_points_size_and_promise_is_the_point_or_surer_for_little(run: Path, found: Frontier) -> None:
    point = next(point for point in found.points if (point.list_size, point.promise) == (30, 0.0375))
    tried: dict[str, dict[str, Any]] = {"assortment": {"list_size": 30}, "scoring": {"landmine_promise": 0.0375}}
    after = plan(run, Draft(changes=tried)).after
    assert (after.listed, after.promise_bound) == (point.listed, point.promise_bound)
    for name in ("expected_kept_units", "covered_share", "objective"):
        stated, best = getattr(after, name), getattr(point, name)
        assert 0.95 * best <= stated <= best * (1 + 2e-3), name


def test_a_draft_moves_the_frontier_and_a_risky_pin_leaves_none(run: Path) -> None:
    smaller = frontier(run, Draft(changes={"assortment": {"list_size": 4}}))
    assert {point.list_size for point in smaller.points} == {2, 3, 4, 5, 6}
    pins = tuple(f"S{number:02d}" for number in range(20))
    tight = frontier(run, Draft(pins=pins, changes={"scoring": {"landmine_promise": 0.005}}))
    assert tight.points == ()
    assert frontier_text(tight, "zh").endswith("风险太高。")


def test_the_table_has_a_line_a_point(found: Frontier) -> None:
    lines = frontier_text(found, "en").splitlines()
    assert len(lines) == 2 + len(found.points)
    assert lines[0] == "Frontier for 2026-11-22: the best list of each size under each promise (with 95 % confidence)"
    assert np.unique([line.count("|") for line in lines[1:]]).tolist() == [6]


@pytest.mark.parametrize(("most", "points"), [(59, 0), (60, 9)])
def test_a_night_computes_it_where_settings_allow_so_many_candidates(tmp_path: Path, most: int, points: int) -> None:
    rows = skus(60, landmine_probability=0.002)
    with night_of(tmp_path, rows, list_size=40, frontier_candidates=most, **FREE) as night:
        listed_skus(night)
        draw_frontier(night)
        assert len(night.engine.read("night.list_frontier")) == points


def test_what_the_solver_prints_stays_off_standard_output(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plan(run, Draft(changes={"assortment": {"list_size": 4}}))
    library = ctypes.CDLL(None)
    library.printf(b"a line of debugging")
    library.fflush(None)
    print("what a program prints")
    assert capfd.readouterr().out == "what a program prints\n"


def test_the_picture_marks_what_was_asked(found: Frontier) -> None:
    rows = list(map(asdict, found.points))
    drawn = draw({"frontier": frontier_chart(rows, 40, 0.05)})["frontier"]
    # A line a size, of which the asked one is blue, and one orange mark.
    assert drawn.count(f'stroke="{GREY}"') >= 4
    assert BLUE in drawn
    assert drawn.count(ORANGE) == 1
    assert all(f">{size}</text>" in drawn for size in (20, 30, 40, 50, 60))
