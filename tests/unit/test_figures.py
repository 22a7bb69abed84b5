"""The figures of a run: from its published tables alone, the same for a night and for what it has published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.figures import RunFigures, figure_name, figure_rows, figure_text, regret_rate, run_figures

SKU: dict[str, Any] = {
    "return_rate": 0.0, "landmine_probability": 0.02, "satisfaction": 0.8, "promise": 0.05, "promise_confidence": 0.95,
    "promise_bound": 0.045, "can_promise": True,
}  # fmt: skip
NIGHT: dict[str, list[dict[str, Any]]] = {
    "sku_list": [
        SKU | {"sku_id": "S1", "expected_kept_units": 6.0, "regret_rate": 0.1},
        SKU | {"sku_id": "S2", "expected_kept_units": 2.0, "regret_rate": 0.3, "return_rate": 0.5},
        SKU | {"sku_id": "S3", "expected_kept_units": 1.0, "regret_rate": 0.5, "landmine_probability": 0.08},
    ],
    "sku_scorecard": [{"sku_id": f"S{number}"} for number in range(7)],
    "agent_summary": [{"agent_id": "A1", "slots_asked": 3}, {"agent_id": "A2", "slots_asked": 1}],
    "agent_matches": [
        {"agent_id": "A2", "sku_id": "S1", "expected_kept_units": 2.0},
        {"agent_id": "A1", "sku_id": "S1", "expected_kept_units": 1.0},
        {"agent_id": "A1", "sku_id": "S2", "expected_kept_units": 0.5},
    ],
    "run_quality": [
        {"table_name": "orders", "result": "pass"},
        {"table_name": "orders", "result": "warn"},
        {"table_name": "brakes", "result": "fail"},
    ],
}


def figures_of(night: Mapping[str, Sequence[Mapping[str, Any]]] = NIGHT, alarms: int = 4) -> RunFigures:
    def read(table: str, columns: Sequence[str]) -> pa.Table:
        rows = pa.Table.from_pylist(list(map(dict, night[table])), schema=load_contract(table).arrow_schema())
        return rows.select(list(columns)) if columns else rows

    return run_figures(read, alarms)


def test_a_runs_figures_are_those_of_its_tables() -> None:
    found = figures_of()
    assert (found.listed, found.candidates, found.agents, found.slots, found.matches) == (3, 7, 2, 4, 3)
    assert (found.list_kept_units, found.match_kept_units, found.unmatched) == (9.0, 3.5, 1)
    # Half of S2 comes back, so that its two kept units are four delivered: of 11 in all 2.3 are regretted.
    assert found.list_regret_rate == pytest.approx((6 * 0.1 + 4 * 0.3 + 1 * 0.5) / 11)
    assert found.match_regret_rate == pytest.approx((3 * 0.1 + 1 * 0.3) / 4)
    assert found.landmine_share == pytest.approx(0.04)
    assert found.satisfaction == pytest.approx(0.8)
    assert (found.promise, found.promise_confidence, found.promise_bound, found.can_promise) == (
        0.05,
        0.95,
        0.045,
        True,
    )
    assert (found.filled_share, found.alarms, found.checks, found.checks_passed) == (0.75, 4, 2, 1)


def test_a_night_gives_the_figures_that_its_published_rows_give() -> None:
    # As computed, a hair more than is published: the sums would round to other numbers.
    night = NIGHT | {"sku_list": [SKU | {"sku_id": "S1", "expected_kept_units": 0.1234564999, "regret_rate": 0.1}]}
    published = NIGHT | {"sku_list": [SKU | {"sku_id": "S1", "expected_kept_units": 0.123456, "regret_rate": 0.1}]}
    assert figures_of(night) == figures_of(published)
    assert figures_of(night).list_kept_units == 0.123456


def test_an_empty_run_has_no_rates_and_divides_by_nothing() -> None:
    found = figures_of(dict.fromkeys(NIGHT, ()))
    assert (found.listed, found.list_kept_units, found.satisfaction) == (0, 0.0, 0.0)
    assert (found.list_regret_rate, found.match_regret_rate, found.promise_bound, found.filled_share) == (None,) * 4
    assert figure_text(found, "filled_share") == "–"


def test_a_sku_that_always_comes_back_is_delivered_all_the_same() -> None:
    assert regret_rate([0.0, 2.0], [1.0, 0.0], [0.9, 0.1]) == pytest.approx(0.1)


def test_every_figure_has_one_name_in_each_language_and_no_other_figure_has_it() -> None:
    for language in ("zh", "en"):
        names = [name for name, _ in figure_rows(figures_of(), language)]
        assert len(names) == len(set(names)) > 10
    assert dict(figure_rows(figures_of(), "en"))["Expected kept units of the matches"] == "4"
    assert (figure_name("landmine_share", "zh"), figure_text(figures_of(), "landmine_share")) == (
        "预计雷品占比",
        "4.0 %",
    )
