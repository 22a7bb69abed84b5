"""The five steps of scoring meet in tables only: each can run in a process of its own, and run again adds nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.perishing import put_perishing
from tests.support.scoring_world import LAST_DAY, Catalogue, Lines, draw_catalogue, draw_lines, open_world
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.scoring.calibration import calibrate
from xuanpin.pipelines.scoring.changes import find_changes
from xuanpin.pipelines.scoring.faults import attribute_faults
from xuanpin.pipelines.scoring.outcomes import count_outcomes
from xuanpin.pipelines.scoring.rates import fit_rates, read_priors

pytestmark = pytest.mark.whole

DOING = (count_outcomes, attribute_faults, fit_rates, find_changes, calibrate)
DECIDED = ("sku_scores", "alarms", "calibration")


def world(folder: Path, seed: int = 51, worse: Sequence[int] = ()) -> tuple[Night, Catalogue, Lines]:
    """A small platform; the SKUs numbered `worse` are regretted nine times in ten in their last 20 days."""
    rng = np.random.default_rng(seed)
    catalogue = draw_catalogue(rng, 150, categories=3, suppliers=8)
    lines = draw_lines(rng, catalogue, 12_000, 90, uneven=0.3)
    is_worse = np.isin(lines.sku, worse) & (lines.age < 20)
    lines = replace(lines, rate=np.where(is_worse, 0.9, lines.rate), customer=np.arange(12_000))
    return open_world(folder, rng, catalogue, lines, delay_mean=3.0), catalogue, lines


def reopened(night: Night) -> Night:
    """The same night with nothing but the warehouse file left of it, as a task of its own finds it."""
    night.engine.close()
    return replace(night, engine=open_engine(night.home.warehouse))


def decided(night: Night) -> list[Any]:
    return [night.engine.read(f"night.{name}").to_pylist() for name in DECIDED]


def test_steps_run_apart_decide_what_they_decide_together(tmp_path: Path) -> None:
    together, _, _ = world(tmp_path / "together")
    for step in DOING:
        step(together)
    apart, _, _ = world(tmp_path / "apart")
    for step in DOING:
        step(apart)
        apart = reopened(apart)
    assert decided(apart) == decided(together)


def test_a_step_run_again_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    night, _, _ = world(tmp_path, worse=(7,))
    for step in DOING:
        step(night)
    before = decided(night)
    for step in DOING:
        step(night)
        assert decided(night) == before, step.__name__


def test_the_night_does_the_five_steps_in_this_order() -> None:
    names = [step.name for step in STEPS]
    first = names.index("outcomes")
    assert names[first : first + 5] == ["outcomes", "faults", "rates", "changes", "calibrate"]
    assert [step.function.split(":")[1] for step in STEPS[first : first + 5]] == [step.__name__ for step in DOING]


def test_priors_are_handed_over_to_the_last_bit(tmp_path: Path) -> None:
    night, _, _ = world(tmp_path)
    for step in DOING[:3]:
        step(night)
    stored = read_priors(night)
    assert set(stored) == {"return", "plain_return", "regret"}
    assert {len(prior.mean) for prior in stored.values()} == {150}
    written = night.engine.query("select * from night.int_rate_priors where measure = 'regret'").to_pandas()
    assert (written.sort_values("sku_id")["prior_mean"].to_numpy() == stored["regret"].mean).all()
    assert set(written["prior_strength"]) == {stored["regret"].strength}


def test_an_empty_catalogue_is_scored(tmp_path: Path) -> None:
    catalogue = draw_catalogue(np.random.default_rng(1), 2, categories=1, suppliers=1)
    none = Lines(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0))
    night = open_world(tmp_path, np.random.default_rng(2), catalogue, none)
    night.engine.execute("delete from night.stg_products")
    night.engine.execute("delete from night.int_candidates")
    for step in DOING[:3]:
        step(night)
    assert {len(prior.mean) for prior in read_priors(night).values()} == {0}


@pytest.fixture(scope="module")
def alarmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Night, str, str]]:
    """One SKU that changed alone, and all SKUs of a supplier that did."""
    folder = tmp_path_factory.mktemp("alarmed")
    _, catalogue, lines = world(folder / "drawn", seed=54)
    supplier = catalogue.products["supplier_id"].iloc[7]
    is_whole = (catalogue.products["supplier_id"] == supplier).to_numpy()
    recent = np.bincount(lines.sku[lines.age < 20], minlength=len(is_whole))
    alone = int(np.argmax(np.where(is_whole, 0, recent)))
    night, _, _ = world(folder / "night", seed=54, worse=(alone, *np.flatnonzero(is_whole)))
    for step in DOING:
        step(night)
    yield night, f"S{alone:06d}", supplier
    night.engine.close()


def raised(night: Night, level: str, metric: str = "regret_rate") -> dict[Any, Any]:
    found = night.engine.query("select * from night.alarms where level = $level", level=level).to_pylist()
    return {row["entity_id"]: row["since_on"] for row in found if row["metric"] == metric}


def test_a_sku_that_changed_alone_is_named_and_its_supplier_is_not(alarmed: tuple[Night, str, str]) -> None:
    night, alone, supplier = alarmed
    assert set(raised(night, "supplier")) == {supplier}
    assert alone in raised(night, "sku")


def test_alarms_of_skus_are_dated_by_the_deliveries_that_began_them(alarmed: tuple[Night, str, str]) -> None:
    """The first bad lines are 19 days old; they came back three days later, and the alarms were raised after that."""
    night, _, _ = alarmed
    ages = [(LAST_DAY - day).days for day in raised(night, "sku", "return_rate").values()]
    assert len(ages) >= 10 and np.median(ages) == pytest.approx(19, abs=1)


def test_skus_of_an_alarmed_supplier_say_so_and_others_do_not(alarmed: tuple[Night, str, str]) -> None:
    night, alone, supplier = alarmed
    found = night.engine.query("select sku_id, supplier_id, score_reasons from night.sku_scores").to_pylist()
    lifted = {row["supplier_id"] for row in found if any("supplier_regret_up" in r for r in row["score_reasons"])}
    assert lifted <= {supplier}
    reasons = {row["sku_id"]: row["score_reasons"] for row in found}
    assert any(reason.startswith("regret_changed:since=") for reason in reasons[alone])


def test_what_perishes_counts_what_sells_in_time_and_what_spoilage_adds_and_nothing_else_moves(tmp_path: Path) -> None:
    night, _, _ = world(tmp_path)
    for step in DOING[:4]:
        step(night)
    plain = _scores(night)
    hours = {"shelf_hours": 72.0, "before_cutoff": 0.6, "spoilage_added": 0.05, "added_deviation": 0.01}
    put_perishing(night.engine, [{"sku_id": "S000003", **hours}])
    find_changes(night)
    fresh = _scores(night)
    before, after = plain.pop("S000003"), fresh.pop("S000003")
    assert [plain[sku] for sku in plain] == [fresh[sku] for sku in plain]
    assert after["demand_per_post"] == pytest.approx(0.6 * before["demand_per_post"])
    cost = night.settings.scoring.regret_cost
    lost = 0.05 * before["happy_if_kept"] + cost * 0.05
    assert before["unit_value"] - after["unit_value"] == pytest.approx(lost)
    assert after["landmine_probability"] > before["landmine_probability"]
    assert (after["return_rate"], after["regret_rate"]) == (before["return_rate"], before["regret_rate"])
    assert (after["shelf_hours"], before["shelf_hours"]) == (72.0, None)


def _scores(night: Night) -> dict[str, dict[str, Any]]:
    return {row["sku_id"]: row for row in night.engine.read("night.sku_scores").to_pylist()}
