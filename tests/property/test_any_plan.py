"""Whatever is tried, a planned list keeps its limits and its promise, or says that it cannot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.planned_lists import left_run
from tests.support.selection_night import night_of, skus
from xuanpin.pipelines.errors import OutputCheckFailed, UsageError
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.plan import drafted, plan, solve_drafted
from xuanpin.pipelines.planning.problem import read_problem
from xuanpin.pipelines.selection.step import solve_tonight

SIZE = 40
SKUS = [f"S{number:02d}" for number in range(SIZE)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run over forty candidates: six suppliers, some gated, some banned, some sold out."""
    random = np.random.default_rng(5)
    rows: list[dict[str, Any]] = skus(SIZE)
    for number, row in enumerate(rows):
        risk = float(random.beta(0.5, 8.0))
        row |= {"landmine_probability": risk, "is_gated": risk > 0.3, "supplier_id": f"P{number % 6}"}
        row |= {"sellable_units": 0 if number == 7 else 500, "prior_only": number % 9 == 0}
    banned = [{"sku_id": "S03", "action": "ban"}]
    demand = [(number % 3, sku, 1.0) for number, sku in enumerate(SKUS)]
    folder = tmp_path_factory.mktemp("any_plan")
    segments = [(0, 4, 20), (1, 4, 20), (2, 4, 20)]
    with night_of(folder / "home", rows, overrides=banned, demand=demand, segments=segments, list_size=12) as night:
        yield left_run(night, folder / "run")


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    tried = {
        "list_size": draw(st.integers(1, 50)),
        "list_floor": draw(st.sampled_from([0, 5])),
        "supplier_max_share": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "explore_share": draw(st.sampled_from([0.0, 0.3])),
    }
    share = draw(st.floats(0.005, 0.5))
    confidence = draw(st.sampled_from([0.5, 0.9, 0.99]))
    pins = draw(st.lists(st.sampled_from(SKUS), max_size=3, unique=True))
    bans = [sku for sku in draw(st.lists(st.sampled_from(SKUS), max_size=6, unique=True)) if sku not in pins]
    scoring = {"landmine_promise": share, "promise_confidence": confidence}
    return Draft(
        changes={"assortment": tried, "scoring": scoring},
        pins=tuple(pins),
        bans=tuple(bans),
        is_approved=draw(st.booleans()),
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draft=drafts())
def test_a_list_near_the_nights_is_as_good_as_the_one_that_its_night_would_find(run: Path, draft: Draft) -> None:
    with contextlib.suppress(UsageError, OutputCheckFailed), drafted(read_problem(run), draft) as found:
        near = solve_drafted(found)
        whole, _ = solve_tonight(found.night, found.inputs, found.problem.proposed)
        gap = found.night.settings.assortment.gap
        assert near.solution.gap <= max(gap, whole.solution.gap)
        assert near.is_promised == whole.is_promised
        # Each is within the gap of the best under the promise as it was linearised last.
        assert near.solution.objective >= whole.solution.objective - 2 * gap * abs(whole.solution.value)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draft=drafts())
def test_any_draft_keeps_its_limits_and_promise_or_says_that_it_cannot(run: Path, draft: Draft) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    try:
        found = plan(run, draft)
    except UsageError as refused:
        assert any(sku in str(refused) for sku in draft.pins)
        return
    except OutputCheckFailed as none:
        assert "no list for" in str(none)
        return
    listed, most = {sku.sku_id for sku in found.skus}, draft.changes["assortment"]["list_size"]
    assert found.after.listed == len(listed) <= most
    assert set(draft.pins) <= listed and listed.isdisjoint({*draft.bans, "S03", "S07"})
    assert found.after.can_promise == (found.after.promise_bound <= found.after.promise + 1e-9)
    assert found.after.can_promise or found.after.promise_reasons
    assert 0.0 <= found.after.covered_share <= 1.0
    shown = {sku.sku_id for sku in found.entering} | ({gone.sku.sku_id for gone in found.leaving})
    assert shown.isdisjoint({move.sku.sku_id for move in found.moved})
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
