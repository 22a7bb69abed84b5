"""The audit of the promise: what past lists held, from lines and ceilings alone, and what it asks of the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.night_tables import AS_OF, LIST_DATE, ago, facts, selected, table
from xuanpin.models.arrays import Floats
from xuanpin.models.evaluation.promise_audit import ListedNights, ShareAudit, audit_share, needed_units, night_weights
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.detection import DETECTION
from xuanpin.pipelines.scoring.promise_audit import audit_promise, tightened
from xuanpin.pipelines.selection.promise import asked_promise
from xuanpin.pipelines.settings import Settings

MIDNIGHT = datetime.combine(LIST_DATE, datetime.min.time())
WANTED: dict[str, Any] = {"as_of_date": AS_OF, "first_on": ago(56), "horizon_days": 180, "lines_days": 8}


def lists(due: Sequence[float], seen: Sequence[float], kind: Sequence[int] | None = None) -> ListedNights:
    """One night of so many SKUs; `due` at the ceiling and `seen` are regrets of each."""
    size = len(due)
    return ListedNights(
        np.arange(size),
        np.zeros(size, dtype=np.int64),
        np.array(due, dtype=np.float64),
        np.array(seen, dtype=np.float64),
        np.full(size, 1.0 / size),
        np.array(kind or [0] * size, dtype=np.int64),
    )


def test_the_bound_of_equal_places_is_the_exact_poisson_limit() -> None:
    clean = audit_share(lists([30.0] * 60, [15.0] * 60), 0.95)
    assert (clean.share, clean.lower) == (0.0, 0.0)
    # No landmine in 60 is at most ln(20) = 3.0 of 60, which is what a promise of 5 % needs.
    assert clean.bound == pytest.approx(np.log(20.0) / 60.0)
    two = audit_share(lists([30.0] * 60, [70.0] * 2 + [15.0] * 58), 0.95)
    assert two.share == pytest.approx(2.0 / 60.0)
    # The limit of two of a Poisson count at 95 %, from tables: 6.296.
    assert two.bound == pytest.approx(6.296 / 60.0, rel=1e-3)


def test_a_place_is_counted_from_the_median_at_its_ceiling_on() -> None:
    # Of a Poisson count of 30 the median is 30: half of all landmines at their very ceiling show so many.
    shares = [audit_share(lists([30.0] * 10, [seen] + [9.0] * 9), 0.95).share for seen in (29.0, 30.0, 31.0)]
    assert shares == pytest.approx([0.0, 0.1, 0.1])


def test_so_many_high_counts_are_no_chance() -> None:
    audit = audit_share(lists([30.0] * 200, [75.0] * 20 + [12.0] * 180), 0.95)
    assert 0.06 < audit.lower < 0.1
    # A little over the ceiling may be chance in every one of them.
    assert audit_share(lists([30.0] * 200, [36.0] * 20 + [12.0] * 180), 0.95).lower == 0.0


def test_a_place_that_decides_nothing_counts_like_its_kind() -> None:
    due, seen = [30.0] * 50 + [2.0] * 50, [70.0] * 10 + [10.0] * 40 + [0.0] * 50
    same = audit_share(lists(due, seen), 0.95)
    assert same.judged == 50
    assert (same.share, same.judged_share) == pytest.approx((0.2, 0.5))
    apart = audit_share(lists(due, seen, kind=[0] * 50 + [1] * 50), 0.95)
    # Of a kind of which nothing is known all may be landmines, or none.
    assert apart.share == pytest.approx(0.1)
    assert apart.bound == pytest.approx(0.5 + 0.5 * same.bound)
    assert apart.lower <= 0.1


def test_without_a_line_nothing_is_known() -> None:
    audit = audit_share(lists([0.0] * 5, [0.0] * 5), 0.95)
    assert (audit.judged, audit.effective, audit.lower, audit.bound) == (0, 0.0, 0.0, 1.0)


def test_few_lines_a_night_are_added_up_over_more_nights() -> None:
    nights = np.arange(14)
    for due, judged in ((10.0, 5), (5.0, 2), (2.5, 1)):
        each = np.full(14, due)
        rows = ListedNights(np.zeros(14, dtype=np.int64), nights, each, each, each / each.sum(), np.zeros(14, np.int64))
        assert audit_share(rows, 0.95).judged == judged


def test_a_spotless_record_of_59_shows_a_promise_of_five_percent() -> None:
    assert needed_units(0.05, 0.95) == pytest.approx(58.4, abs=0.01)
    assert night_weights(np.array([0, 28, 56]), 28.0) == pytest.approx([1.0, 0.5, 0.25])


def test_the_bound_holds_where_turns_and_near_misses_are_many() -> None:
    rng = np.random.default_rng(3)
    broken = []
    for _ in range(300):
        due = rng.uniform(8.0, 60.0, 120)
        ratio = np.where(rng.random(120) < 0.05, rng.uniform(1.0, 2.0, 120), rng.uniform(0.2, 0.8, 120))
        audit = audit_share(lists(due.tolist(), rng.poisson(due * ratio).tolist()), 0.95)
        broken.append((audit.bound < (ratio > 1.0).mean(), audit.lower > (ratio > 1.0).mean()))
    assert np.mean(broken, axis=0).max() <= 0.05


def test_stated_shares_that_are_too_low_by_a_ratio_shrink_the_promise_by_it() -> None:
    def held(share: float, lower: float) -> ShareAudit:
        return ShareAudit(100, 100.0, 1.0, share, lower, 1.0)

    # The limit says that they are too low, the look how much.
    assert tightened(0.05, 0.02, held(0.08, 0.03)) == pytest.approx(0.0125)
    assert tightened(0.05, 0.02, held(0.08, 0.02)) == 0.05
    assert tightened(0.05, 0.02, held(0.03, 0.04)) == pytest.approx(0.025)
    assert tightened(0.05, 0.0, held(0.08, 0.03)) == pytest.approx(0.01)


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    yield opened
    opened.close()


def platform(engine: Engine, skus: int = 3) -> None:
    """SKUs of one category whose regrets all show on the tenth day, with a ceiling of .2 each."""
    names = [f"S{number:03d}" for number in range(skus)]
    numbers = [(name, number, 0) for number, name in enumerate(names)]
    table(engine, "night.int_sku_numbers", "sku_id varchar, sku_number integer, category_number integer", numbers)
    ceilings = [(name, 0.2) for name in names]
    table(engine, "night.int_sku_estimates", "sku_id varchar, landmine_ceiling double", ceilings)
    curve = [(0, day, 1.0 if day >= 10 else 0.5) for day in range(181)]
    table(engine, "night.int_number_curve", "category_number integer, day integer, regret_share decimal(9, 8)", curve)
    table(engine, "history.listed", "list_date date, sku_id varchar")
    table(engine, "history.predictions", "list_date date, sku_id varchar, landmine_probability double")
    table(engine, "night.int_delivery_days", "sku_number integer, age_days integer, delivered_lines decimal(18, 3)")
    outcomes = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines decimal(18, 3)"
    table(engine, "night.int_witnessed_outcomes", outcomes)
    lines = "sku_id varchar, delivered_on date, regret_days integer, lines decimal(18, 3)"
    table(engine, "night.int_outlier_lines", lines)
    known = dict.fromkeys(DETECTION.names, 0.0) | {"sensitivity": 1.0, "is_calibrated": False}
    engine.store("night.int_detection", pa.Table.from_pylist([known], schema=DETECTION))


def add(engine: Engine, name: str, *cells: Any) -> None:
    marks = ", ".join(f"$v{place}" for place in range(len(cells)))
    engine.execute(f"insert into {name} values ({marks})", **{f"v{place}": cell for place, cell in enumerate(cells)})


def test_a_line_counts_for_the_last_list_before_it(engine: Engine) -> None:
    platform(engine)
    for day in (20, 18, 40):
        add(engine, "history.listed", ago(day), "S000")
    add(engine, "history.predictions", ago(20), "S000", 0.04)
    # Before the window, on two lists, a week after the second, later than a week, and after the first alone.
    for age, lines in ((60, 500), (20, 10), (19, 1), (18, 20), (11, 2), (10, 400), (33, 7), (32, 300)):
        add(engine, "night.int_delivery_days", 0, age, lines)
    for age, lines in ((20, 3), (11, 1), (10, 50)):
        add(engine, "night.int_witnessed_outcomes", "regret", "S000", ago(age), 4, lines)
    add(engine, "night.int_witnessed_outcomes", "return", "S000", ago(20), 4, 9)
    add(engine, "night.int_witnessed_outcomes", "regret", "S000", ago(20), 181, 9)
    found = facts(engine, "int_audit_nights", "list_date", **WANTED)
    assert {day: (row["exposure"], row["regretted_lines"]) for day, row in found.items()} == {
        ago(40): (7.0, 0.0),
        ago(20): (11.0, 3.0),
        ago(18): (22.0, 1.0),
    }
    assert {row["earlier_lines"] for row in found.values()} == {500.0}
    assert found[ago(20)]["landmine_probability"] == 0.04
    assert found[ago(18)]["landmine_probability"] is None


def test_young_lines_count_by_what_has_shown_and_outliers_not_at_all(engine: Engine) -> None:
    platform(engine)
    for sku in ("S000", "S001"):
        add(engine, "history.listed", ago(8), sku)
    add(engine, "night.int_delivery_days", 0, 8, 10)
    add(engine, "night.int_witnessed_outcomes", "regret", "S000", ago(8), 4, 5)
    add(engine, "night.int_outlier_lines", "S000", ago(8), 4, 2)
    add(engine, "night.int_outlier_lines", "S000", ago(8), None, 1)
    found = facts(engine, "int_audit_nights", "sku_id", **WANTED)
    assert (found["S000"]["exposure"], found["S000"]["regretted_lines"]) == (3.5, 3.0)
    assert (found["S001"]["exposure"], found["S001"]["regretted_lines"]) == (0.0, 0.0)
    assert {row["places"] for row in found.values()} == {2}


def test_lists_too_young_or_too_old_are_not_judged(engine: Engine) -> None:
    platform(engine)
    for day in (7, 8, 55, 56):
        add(engine, "history.listed", ago(day), "S000")
    assert selected(engine, "int_audit_nights", "list_date", **WANTED) == [ago(55), ago(8)]


def night_of(engine: Engine, bad: int) -> Night:
    """A night after one list of 100 SKUs that stated 2 %; `bad` of them showed three times their ceiling."""
    platform(engine, 100)
    for number in range(100):
        sku = f"S{number:03d}"
        add(engine, "history.listed", ago(30), sku)
        add(engine, "history.predictions", ago(30), sku, 0.02)
        add(engine, "night.int_delivery_days", number, 28, 200)
        regrets = 120 if number < bad else 10
        add(engine, "night.int_witnessed_outcomes", "regret", sku, ago(28), 5, regrets)
    return Night(engine, Settings(), Home(Path("nowhere")), AS_OF, None, MIDNIGHT)


def audited(night: Night) -> dict[str, Any]:
    found: list[dict[str, Any]] = night.engine.read("night.int_promise_audit").to_pylist()
    assert len(found) == 1
    return found[0]


def test_a_platform_that_states_two_and_holds_twelve_percent_is_told_and_asks_less(engine: Engine) -> None:
    night = night_of(engine, bad=12)
    alarms = audit_promise(night)
    row = audited(night)
    assert (row["nights"], row["judged"], row["is_thin"], row["is_contradicted"]) == (1, 100, False, True)
    assert (row["share"], row["stated"]) == (pytest.approx(0.12), pytest.approx(0.02))
    assert 0.08 < row["lower"] <= 0.12 < row["bound"]
    assert row["tightened_promise"] == pytest.approx(0.01)
    assert asked_promise(night) == row["tightened_promise"]
    assert [(alarm["metric"], alarm["severity"], alarm["since_on"]) for alarm in alarms] == [
        ("promise_audit", "warning", ago(30))
    ]
    assert "share=0.1200" in alarms[0]["evidence"] and "stated=0.0200" in alarms[0]["evidence"]


def test_a_promise_that_was_kept_stays(engine: Engine) -> None:
    night = night_of(engine, bad=2)
    assert audit_promise(night) == []
    row = audited(night)
    assert (row["is_contradicted"], row["tightened_promise"]) == (False, 0.05)
    assert row["bound"] == pytest.approx(0.063, abs=5e-4)


def test_thin_evidence_is_said_and_changes_nothing(engine: Engine) -> None:
    night = night_of(engine, bad=12)
    # Lines of half of the SKUs alone: fewer than the 59 that a spotless record of 5 % needs.
    engine.execute("delete from night.int_delivery_days where sku_number >= 50")
    assert audit_promise(night) == []
    row = audited(night)
    assert (row["judged"], row["is_thin"], row["tightened_promise"]) == (50, True, 0.05)


def test_a_first_night_has_an_audit_that_knows_nothing(engine: Engine) -> None:
    platform(engine)
    night = Night(engine, Settings(), Home(Path("nowhere")), AS_OF, None, MIDNIGHT)
    assert audit_promise(night) == []
    row = audited(night)
    assert (row["nights"], row["is_thin"], row["bound"], row["tightened_promise"]) == (0, True, None, 0.05)


def test_the_audit_reads_no_landmine_probability(engine: Engine) -> None:
    night = night_of(engine, bad=12)
    audit_promise(night)
    before = audited(night)
    engine.execute("update history.predictions set landmine_probability = 0.9")
    assert audit_promise(night) == []
    after = audited(night)
    limits: Floats = np.array([[row[name] for name in ("share", "lower", "bound")] for row in (before, after)])
    assert np.array_equal(limits[0], limits[1])
    assert (after["stated"], after["tightened_promise"]) == (pytest.approx(0.9), 0.05)
