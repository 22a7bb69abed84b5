"""Policies compared in copies of one world, and past nights held against what came next."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from tests.conftest import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.backtest.backtest import BacktestRequest, backtest
from xuanpin.pipelines.backtest.measures import Measures, backtest_text, off_policy
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.demo.closed_loop import (
    MEASURES,
    POLICIES,
    Plan,
    Tally,
    advantage,
    comparison,
    comparison_text,
    simulate,
)
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

ONE_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the homes of the simulation stay."""
    return tmp_path_factory.mktemp("simulate")


@pytest.fixture(scope="module")
def tallies(folder: Path) -> list[Tally]:
    plan = Plan(seeds=(7,), nights=2, scale=TINY, settings=Settings())
    return simulate(plan, folder, lambda text, done, total: None)


def test_no_brake_holds_the_nights_of_the_simulation(tallies: list[Tally], folder: Path) -> None:
    home = Home(folder / "seed=7" / "home")
    assert [run.state for run in run_store.current_runs(home)] == ["auto_approved"] * 2
    rows = run_store.read_table(home, run_store.require_run(home), "run_quality", table_name="brakes").to_pylist()
    assert len(rows) >= 8
    assert {row["result"] for row in rows} == {"pass"}


def test_every_policy_meets_the_same_world_and_its_books_add_up(tallies: list[Tally]) -> None:
    assert {tally.policy for tally in tallies} == {"xuanpin", *POLICIES}
    for tally in tallies:
        assert 0 < tally.satisfied + tally.regretted <= tally.purchases
        assert tally.net_good == tally.satisfied - tally.regretted
    visits = [tally.visits for tally in tallies]
    assert max(visits) < 1.3 * min(visits)


def test_policies_differ_and_ours_really_decided(tallies: list[Tally]) -> None:
    assert len({(tally.purchases, tally.satisfied, tally.regretted) for tally in tallies}) > 3


def test_the_comparison_is_the_difference_of_the_means(tallies: list[Tally]) -> None:
    facts = comparison(tallies)
    json.dumps(facts)
    ours = facts["means"]["xuanpin"]
    for policy, ahead in facts["xuanpin_minus"].items():
        assert ahead["net_good"]["mean"] == pytest.approx(ours["net_good"] - facts["means"][policy]["net_good"])
    text = comparison_text(facts)
    assert all(policy in text for policy in POLICIES)
    assert set(facts["tallies"][0]) == {"policy", "seed", *MEASURES}


def test_intervals_are_over_worlds() -> None:
    rows = [Tally("xuanpin", seed, 100, 50, 40 + seed, 5) for seed in range(4)]
    rows += [Tally("random", seed, 100, 50, 30, 5) for seed in range(4)]
    ahead = advantage(rows, "random", "net_good")
    assert ahead.mean == pytest.approx(11.5)
    assert ahead.lower is not None and ahead.upper is not None
    assert ahead.lower < 10.0 < 13.0 < ahead.upper
    assert advantage(rows[:1] + rows[4:5], "random", "net_good").lower is None


def run_request(home: Home, first: date, last: date, is_replay: bool = False) -> BacktestRequest:
    return BacktestRequest(home, first, last, Settings(), is_replay)


@pytest.fixture(scope="module")
def judged(published: Home) -> Measures:
    """The published night as of the day before the last, held against the last day."""
    return backtest(run_request(published, LAST_DAY - ONE_DAY, LAST_DAY - ONE_DAY))


def test_a_published_night_is_held_against_the_next_day(judged: Measures) -> None:
    assert (judged["nights_published"], judged["nights_replayed"], judged["judged_on"]) == (1, 0, "2026-11-21")
    lists, matches = judged["coverage"], judged["matches"]
    assert all(0.0 <= share <= 1.0 for share in lists["share"].values())
    assert lists["share"]["best_sellers_28"] > 0.1
    assert 0 < matches["order_lines"] <= lists["order_lines"]
    assert 0.0 <= matches["foreseen_share"] <= 1.0
    assert judged["off_policy"]["claim"].startswith("insufficient evidence")
    json.dumps(judged)
    assert "Off-policy: insufficient evidence" in backtest_text(judged)


def test_coverage_is_what_a_plain_count_finds(published: Home, judged: Measures) -> None:
    listed = set(
        run_store.read_table(published, run_store.require_run(published, LAST_DAY), "sku_list")["sku_id"].to_pylist()
    )
    engine = open_home(published)
    try:
        sold = engine.query(
            "select sku_id from history.order_line_timeline "
            "where valid_to = date '9999-12-31' and ordered_on = $day and status <> 'cancelled'",
            day=LAST_DAY,
        )["sku_id"].to_pylist()
    finally:
        engine.close()
    assert judged["coverage"]["order_lines"] == len(sold) > 10
    assert judged["coverage"]["share"]["xuanpin"] == pytest.approx(np.mean([sku in listed for sku in sold]))


def test_missing_nights_are_run_in_a_copy_and_judged_by_what_has_come_since(published: Home) -> None:
    before = {path: path.stat().st_mtime_ns for path in published.published.rglob("*") if path.is_file()}
    nights: list[date] = []
    asked = run_request(published, LAST_DAY - 8 * ONE_DAY, LAST_DAY - 8 * ONE_DAY)
    facts = backtest(asked, nights.append)
    assert nights == [LAST_DAY - 8 * ONE_DAY]
    assert facts["nights_replayed"] == 1
    assert facts["calibration"]["return_rate"]["mature_lines"] > 0
    assert {path: path.stat().st_mtime_ns for path in published.published.rglob("*") if path.is_file()} == before


def test_a_night_without_a_day_after_it_cannot_be_judged(published: Home) -> None:
    with pytest.raises(UsageError, match="orders are known up to 2026-11-21"):
        backtest(run_request(published, LAST_DAY, LAST_DAY))
    with pytest.raises(UsageError, match="name the earlier night first"):
        backtest(run_request(published, LAST_DAY - ONE_DAY, LAST_DAY - 3 * ONE_DAY))


def draws(agents: int, days: int, target: float) -> pa.Table:
    """Logged slots: chance draws one of four SKUs, which keep 0, 1, 2 and 3 units; the matches hold the last two."""
    rng, rows = np.random.default_rng(2), agents * days
    good = rng.integers(0, 4, rows)
    return pa.table(
        {
            "list_date": pa.array([LAST_DAY] * rows),
            "agent_id": [f"A{row % agents:03d}" for row in range(rows)],
            "sku_id": [f"S{row:05d}" for row in range(rows)],
            "kept_units": good.astype(float),
            "propensity": np.full(rows, 0.25),
            "target": np.where(good >= 2, target, 0.0),
            "predicted_units": good + 0.5,
            "target_units": np.full(rows, 3.0),
        }
    )


def test_off_policy_claims_only_what_the_logs_carry() -> None:
    facts = off_policy(draws(agents=40, days=20, target=0.5), True)
    assert facts["claim"].startswith("a matched slot keeps 2.")
    for name in ("ips", "snips", "dr"):
        value = facts["kept_units_a_slot"][name]
        assert value["lower"] < 2.5 < value["upper"]
    assert facts["kept_units_a_slot"]["chance"]["mean"] == pytest.approx(1.5, abs=0.15)
    assert "10 agents" in off_policy(draws(agents=10, days=80, target=0.5), True)["claim"]
    half_unsupported = off_policy(draws(agents=40, days=20, target=0.25), True)
    assert half_unsupported["support"] == pytest.approx(0.5, abs=0.05)
    assert half_unsupported["claim"].startswith("insufficient evidence")
    assert "replay" in off_policy(draws(agents=40, days=20, target=0.5), False)["claim"]


@pytest.mark.parametrize("words", [["simulate", "--scale", "huge"], ["simulate", "--seeds", "one"]])
def test_the_command_line_refuses_what_it_does_not_know(words: list[str]) -> None:
    said = CliRunner().invoke(app, words)
    assert isinstance(said.exception, UsageError)
    assert words[1] in str(said.exception)
