"""The step `experiment`: who is treated, what is counted of it, and when a trial stops by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.night_tables import facts, table
from xuanpin.models.experiment.effects import Effect
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_memory
from xuanpin.pipelines.experiment.outcomes import compared_days
from xuanpin.pipelines.experiment.results import METRICS, verdict
from xuanpin.pipelines.experiment.step import run_trial
from xuanpin.pipelines.settings import Settings

START = date(2026, 10, 1)
SKUS, AGENTS, LINES = 48, 60, 3
DELIVERED, KNOWN = 2, 4
"""Days from an order until it is delivered, and until its fault is known; outcomes are counted on the fifth day."""
TREATMENT = {
    "switchback": {"matching": {"stock_margin": 1.0}},
    "holdout": {"matching": {"category_share": 0.9}},
}
ALARMS = pa.schema(
    [("level", pa.string()), ("entity_id", pa.string()), ("metric", pa.string()), ("since_on", pa.date32())]
    + [(name, pa.string()) for name in ("severity", "evidence")]
)


@dataclass
class Platform:
    """A platform that lives a trial: nights draw arms, customers buy, and treated sales are regretted as said."""

    folder: Path
    kind: str = "switchback"
    days: int = 14
    regret: tuple[float, float] = (0.05, 0.05)
    share: float = 0.3
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def __post_init__(self) -> None:
        self.engine = open_memory()
        trial = {"name": "autumn", "kind": self.kind, "starts_on": START, "outcome_days": 5, "share": self.share}
        ends_on = START + timedelta(days=self.days - 1)
        trial |= {"ends_on": ends_on, "treatment": TREATMENT[self.kind]}
        self.settings = Settings.model_validate({"experiment": trial})
        skus = [f"S{number:02d}" for number in range(SKUS)]
        spu = [f"P{number // 2}" if number < 8 else None for number in range(SKUS)]
        listed = {"sku_id": skus, "list_rank": pa.array(range(1, SKUS + 1), pa.int32())}
        self.engine.store("night.sku_list", pa.table(listed))
        self.engine.store("night.sku_scores", pa.table({"sku_id": skus, "spu_id": pa.array(spu, pa.string())}))
        people = {
            "agent_id": [f"A{number:02d}" for number in range(AGENTS + 1)],
            "status": ["active"] * AGENTS + ["left"],
        }
        self.engine.store("night.stg_agents", pa.table(people))
        for name in ("assigned", "trials", "order_line_timeline"):
            self.engine.store(f"history.{name}", load_contract(name).arrow_schema().empty_table())
        complaints = pa.schema([("order_line_id", pa.string()), ("complained_on", pa.date32())])
        self.engine.store("night.int_complaints", complaints.empty_table())

    def night(self, list_date: date) -> list[dict[str, Any]]:
        """Do the step for a list date and remember what it published; returns the results."""
        as_of, now = list_date - timedelta(days=1), datetime(2026, 12, 31, tzinfo=UTC)
        self.engine.store("night.alarms", ALARMS.empty_table())
        run_trial(Night(self.engine, self.settings, Home(self.folder), as_of, None, now))
        for name, published in (("assigned", "experiment_assignments"), ("trials", "experiment_results")):
            rows = self.engine.read(f"night.{published}")
            for column, value in (("run_id", "r"), ("list_date", list_date)):
                kind = pa.date32() if column == "list_date" else pa.string()
                rows = rows.append_column(column, pa.array([value] * len(rows), kind))
            columns = load_contract(name).arrow_schema().names
            self.engine.append(f"history.{name}", rows.select(columns))
        results: list[dict[str, Any]] = self.engine.read("night.experiment_results").to_pylist()
        return results

    def live(self, days: int) -> list[list[dict[str, Any]]]:
        """Nights and sales of so many list dates from the first of the trial; returns the results of each."""
        found = []
        for day in range(days):
            list_date = START + timedelta(days=day)
            found.append(self.night(list_date))
            self.sell(list_date, self.arms())
        return found

    def arms(self) -> dict[str, str]:
        rows = self.engine.read("night.experiment_assignments")
        return dict(zip(rows["unit_id"].to_pylist(), rows["arm"].to_pylist(), strict=True))

    def sell(self, on: date, arms: dict[str, str]) -> None:
        """Every SKU is sold three times by agents in turn; `regret` holds the shares of the control and the treated."""
        count, schema = SKUS * LINES, load_contract("order_line_timeline").arrow_schema()
        sku = [f"S{number % SKUS:02d}" for number in range(count)]
        agent = [f"A{(number + on.day) % AGENTS:02d}" for number in range(count)]
        treated = [arms.get(unit) == "treatment" for unit in (sku if self.kind == "switchback" else agent)]
        bad = self.rng.random(count) < np.where(treated, self.regret[1], self.regret[0])
        known, delivered = on + timedelta(days=KNOWN), on + timedelta(days=DELIVERED)
        cells: dict[str, Any] = {
            "order_line_id": [f"{on}-{number}" for number in range(count)],
            "sku_id": sku,
            "agent_id": agent,
            "valid_from": [known] * count,
            "valid_to": [date(9999, 12, 31)] * count,
            "ordered_on": [on] * count,
            "delivered_on": [delivered] * count,
            "quantity": [1] * count,
            "returned_units": bad.astype(int),
            "fault_requested_on": [known if regretted else None for regretted in bad],
            "is_sale": [True] * count,
        }
        columns = [pa.array(cells.get(name, [None] * count), schema.field(name).type) for name in schema.names]
        loose = pa.schema([part.with_nullable(True) for part in schema])
        self.engine.append("history.order_line_timeline", pa.Table.from_arrays(columns, schema=loose))


@pytest.fixture
def close() -> Iterator[list[Platform]]:
    opened: list[Platform] = []
    yield opened
    for platform in opened:
        platform.engine.close()


def lived(close: list[Platform], folder: Path, **ways: Any) -> Platform:
    close.append(Platform(folder, **ways))
    return close[-1]


def test_skus_of_a_switchback_change_arms_by_day_with_their_variants(close: list[Platform], tmp_path: Path) -> None:
    platform = lived(close, tmp_path)
    platform.night(START)
    first, rows = platform.arms(), platform.engine.read("night.experiment_assignments").to_pylist()
    platform.night(START + timedelta(days=1))
    second = platform.arms()
    assert len(first) == SKUS and all(first[sku] != second[sku] for sku in first)
    assert {row["arm_propensity"] for row in rows} == {0.5} and {row["unit_kind"] for row in rows} == {"sku"}
    assert [first[f"S{number:02d}"] for number in range(0, 8, 2)] == [
        first[f"S{number:02d}"] for number in range(1, 8, 2)
    ]
    assert 0.25 < np.mean([arm == "treatment" for arm in first.values()]) < 0.75


def test_agents_of_a_holdout_keep_their_arm_and_the_chance_of_it_is_told(close: list[Platform], tmp_path: Path) -> None:
    platform = lived(close, tmp_path, kind="holdout")
    platform.night(START)
    first = platform.arms()
    platform.night(START + timedelta(days=7))
    assert platform.arms() == first and len(first) == AGENTS
    rows = platform.engine.read("night.experiment_assignments").to_pylist()
    assert {(row["arm"], row["arm_propensity"]) for row in rows} == {("treatment", 0.7), ("control", 0.3)}
    assert {row["block"] for row in rows} == {None}


@pytest.mark.parametrize("kind", ["switchback", "holdout"])
def test_a_policy_that_harms_is_stopped_for_good_and_raises_an_alarm(
    close: list[Platform], tmp_path: Path, kind: str
) -> None:
    platform = lived(close, tmp_path, kind=kind, regret=(0.05, 0.6))
    found = platform.live(14)
    states = [rows[0]["trial_state"] for rows in found]
    stop = states.index("stopped")
    assert 6 <= stop < 14 and set(states[stop:]) == {"stopped"}
    assert found[stop][0]["stopped_by"] in ("regret_rate", "return_rate", "kept_units")
    assert {row["stopped_by"] for rows in found[stop:] for row in rows} == {found[stop][0]["stopped_by"]}
    rows = platform.engine.read("night.experiment_assignments").to_pylist()
    assert {(row["arm"], row["arm_propensity"]) for row in rows} == {("control", 1.0)}
    (alarm,) = platform.engine.read("night.alarms").to_pylist()
    assert (alarm["level"], alarm["entity_id"]) == ("experiment", "autumn")
    assert alarm["metric"] == f"trial_{found[stop][0]['stopped_by']}" and "effect=" in alarm["evidence"]
    platform.engine.execute("delete from history.order_line_timeline")
    again = platform.night(START + timedelta(days=13))
    assert {(row["trial_state"], row["verdict"]) for row in again} == {("stopped", "open")}


def test_a_policy_without_effect_runs_its_days_and_what_helps_is_told(close: list[Platform], tmp_path: Path) -> None:
    plain, better = lived(close, tmp_path), lived(close, tmp_path, regret=(0.6, 0.05))
    assert plain.night(START - timedelta(days=3))[0]["trial_state"] == "planned" and plain.arms() == {}
    states = {rows[0]["trial_state"] for rows in plain.live(14)}
    after = plain.night(START + timedelta(days=14))
    assert (states, after[0]["trial_state"], plain.arms()) == ({"running"}, "finished", {})
    assert {row["verdict"] for row in after} == {"open"} and not len(plain.engine.read("night.alarms"))
    told = {row["metric"]: row for row in better.live(14)[-1]}
    assert told["regret_rate"]["verdict"] == told["kept_units"]["verdict"] == "better"
    assert told["regret_rate"]["effect"] == pytest.approx(-0.55, abs=0.1)
    assert told["regret_rate"]["trial_state"] == "running" and told["regret_rate"]["days_counted"] == 8


def test_each_day_is_counted_once_as_it_stood_at_its_age(close: list[Platform], tmp_path: Path) -> None:
    platform = lived(close, tmp_path)
    platform.live(8)
    before = platform.night(START + timedelta(days=8))
    # What becomes known on the sixth day after an order is too late, for good news and for bad.
    late = "update history.order_line_timeline set valid_from = ordered_on + 6 where is_sale and sku_id = 'S01'"
    platform.engine.execute(late)
    units = {row["metric"]: row["treated"] for row in platform.night(START + timedelta(days=8))}
    assert units["kept_units"] < next(row["treated"] for row in before if row["metric"] == "kept_units")
    days = [START + timedelta(days=5), START + timedelta(days=6)]
    complaints = pa.table({"order_line_id": [f"{START}-0", f"{START}-3"], "complained_on": days})
    platform.engine.store("night.int_complaints", complaints)
    rates = [row for row in platform.night(START + timedelta(days=8)) if row["metric"] == "complaint_rate"]
    # One complaint of some 70 lines of an arm: the other came a day too late.
    assert 0.0 < rates[0]["treated"] + rates[0]["control"] < 0.02


def test_withdrawn_skus_count_as_recalls_and_can_stop_a_trial(close: list[Platform], tmp_path: Path) -> None:
    platform = lived(close, tmp_path)
    for day in range(14):
        platform.night(START + timedelta(days=day))
        platform.engine.execute(
            "update history.assigned set is_withdrawn = arm = 'treatment' and unit_id > 'S24' "
            "where list_date = $on", on=START + timedelta(days=day),
        )  # fmt: skip
    results = {row["metric"]: row for row in platform.night(START + timedelta(days=13))}
    assert results["recall_rate"]["verdict"] == "worse" and results["recall_rate"]["control"] == 0.0
    assert results["recall_rate"]["stopped_by"] == "recall_rate"


def test_without_a_trial_nothing_is_read_and_nothing_is_told(tmp_path: Path) -> None:
    engine = open_memory()
    night = Night(engine, Settings(), Home(tmp_path), START, None, datetime(2026, 12, 31, tzinfo=UTC))
    assert run_trial(night) == (0, 0)
    assert len(engine.read("night.experiment_assignments")) == len(engine.read("night.experiment_results")) == 0
    engine.close()


@pytest.mark.parametrize(
    ("metric", "lower", "upper", "said"),
    [
        (METRICS[0], 0.1, 0.3, "better"),
        (METRICS[0], -0.3, -0.1, "worse"),
        (METRICS[1], 0.1, 0.3, "worse"),
        (METRICS[1], -0.3, -0.1, "better"),
        (METRICS[1], -0.1, 0.3, "open"),
        (METRICS[0], 0.0, 0.3, "open"),
        (METRICS[0], -inf, inf, "open"),
    ],
)
def test_a_verdict_needs_limits_on_one_side_of_zero(metric: Any, lower: float, upper: float, said: str) -> None:
    assert verdict(metric, Effect(1.0, 1.0, 0.0, lower, upper, 3)) == said


def test_a_day_that_kept_the_last_list_takes_its_pair_out_of_a_switchback() -> None:
    days = [START + timedelta(days=day) for day in (0, 1, 2, 4, 5, 6)]
    trial = Settings.model_validate(
        {"experiment": {"name": "x", "starts_on": START, "ends_on": START, "treatment": TREATMENT["switchback"]}}
    ).experiment
    assert compared_days(trial, START, days) == [days[0], days[1], days[3], days[4]]
    held = trial.model_copy(update={"kind": "holdout"})
    assert compared_days(held, START, days[::-1]) == days


def test_what_left_the_list_is_marked_in_a_run_made_from_another(warehouse: Engine) -> None:
    columns = (
        "experiment varchar, unit_kind varchar, unit_id varchar, arm varchar, arm_propensity double, block integer, "
        "is_withdrawn boolean"
    )
    drawn = [("x", "sku", "S1", "control", 0.5, 3, False), ("x", "sku", "S2", "treatment", 0.5, 4, False)]
    others = [("x", "sku", "S3", "control", 0.5, 5, True), ("x", "agent", "A1", "control", 0.1, None, False)]
    table(warehouse, "history.base_assignments", columns, [*drawn, *others])
    table(warehouse, "night.sku_list", "sku_id varchar", [("S1",), ("S3",)])
    found = facts(warehouse, "derived_assignments", "unit_id")
    assert {unit: row["is_withdrawn"] for unit, row in found.items()} == {
        "S1": False,
        "S2": True,
        "S3": True,
        "A1": False,
    }
    assert (found["S2"]["arm"], found["S2"]["block"], found["A1"]["arm_propensity"]) == ("treatment", 4, 0.1)
