"""Policies compared in copies of one world, and past nights held against what came next."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipelines.backtest import Question, backtest
from pipelines.backtest_measures import backtest_text
from pipelines.demo.closed_loop import MEASURES, POLICIES, Plan, Tally, advantage, comparison, comparison_text, simulate
from pipelines.demo.scale import TINY
from pipelines.errors import UsageError
from pipelines.settings import Settings

LAST = date(2026, 11, 21)


@pytest.fixture(scope="module")
def tallies(tmp_path_factory) -> list[Tally]:
    plan = Plan(seeds=(7,), nights=2, scale=TINY, settings=Settings())
    return simulate(plan, tmp_path_factory.mktemp("simulate"), lambda text, done, total: None)


def test_every_policy_meets_the_same_world_and_its_books_add_up(tallies):
    assert {tally.policy for tally in tallies} == {"xuanpin", *POLICIES}
    for tally in tallies:
        assert 0 < tally.satisfied + tally.regretted <= tally.purchases
        assert tally.net_good == tally.satisfied - tally.regretted
    visits = [tally.visits for tally in tallies]
    assert max(visits) < 1.3 * min(visits)


def test_policies_differ_and_ours_really_decided(tallies):
    assert len({(tally.purchases, tally.satisfied, tally.regretted) for tally in tallies}) > 3


def test_the_comparison_is_the_difference_of_the_means(tallies):
    facts = comparison(tallies)
    json.dumps(facts)
    ours = facts["means"]["xuanpin"]
    for policy, ahead in facts["xuanpin_minus"].items():
        assert ahead["net_good"]["mean"] == pytest.approx(ours["net_good"] - facts["means"][policy]["net_good"])
    text = comparison_text(facts)
    assert all(policy in text for policy in POLICIES)
    assert set(facts["tallies"][0]) == {"policy", "seed", *MEASURES}


def test_intervals_are_over_worlds():
    rows = [Tally("xuanpin", seed, 100, 50, 40 + seed, 5) for seed in range(4)]
    rows += [Tally("random", seed, 100, 50, 30, 5) for seed in range(4)]
    ahead = advantage(rows, "random", "net_good")
    assert ahead.mean == pytest.approx(11.5)
    assert ahead.lower < 10.0 < 13.0 < ahead.upper
    assert advantage(rows[:1] + rows[4:5], "random", "net_good").lower is None


def ask(home, first: date, last: date, platform, replay: bool = False) -> Question:
    from conftest import NOW

    return Question(home, first, last, Settings(), replay, NOW)


def test_a_published_night_is_held_against_the_next_day(published, platform):
    before = {path: path.stat().st_mtime_ns for path in published.published.rglob("*") if path.is_file()}
    asked = ask(published, LAST - timedelta(days=1), LAST - timedelta(days=1), platform)
    facts = backtest(asked)
    assert (facts["nights_published"], facts["nights_replayed"], facts["judged_on"]) == (1, 0, "2026-11-21")
    assert {path: path.stat().st_mtime_ns for path in published.published.rglob("*") if path.is_file()} == before
    lists, matches = facts["coverage"], facts["matches"]
    assert lists["order_lines"] > 10
    assert all(0.0 <= share <= 1.0 for share in lists["share"].values())
    assert lists["share"]["best_sellers_28"] > 0.1
    assert 0 < matches["order_lines"] <= lists["order_lines"]
    assert 0.0 <= matches["foreseen_share"] <= lists["share"]["xuanpin"] + 0.2
    assert facts["off_policy"]["claim"].startswith("insufficient evidence")
    json.dumps(facts)
    assert "Off-policy" in backtest_text(facts)


def test_coverage_is_what_a_plain_count_finds(published, platform):
    from pipelines import shelf
    from pipelines.engine import open_engine

    facts = backtest(ask(published, LAST - timedelta(days=1), LAST - timedelta(days=1), platform))
    listed = set(shelf.read_table(published, shelf.require_run(published, LAST), "sku_list")["sku_id"].to_pylist())
    engine = open_engine(published.warehouse)
    try:
        sold = engine.query(
            "select sku_id from memory.order_line_timeline "
            "where valid_to = date '9999-12-31' and ordered_on = $day and status <> 'cancelled'",
            day=LAST,
        )["sku_id"].to_pylist()
    finally:
        engine.close()
    assert facts["coverage"]["order_lines"] == len(sold)
    assert facts["coverage"]["share"]["xuanpin"] == pytest.approx(np.mean([sku in listed for sku in sold]))


def test_missing_nights_are_run_in_a_copy_and_see_only_their_own_past(published, platform):
    nights = []
    asked = ask(published, LAST - timedelta(days=8), LAST - timedelta(days=8), platform)
    facts = backtest(asked, nights.append)
    assert nights == [LAST - timedelta(days=8)]
    assert facts["nights_replayed"] == 1
    assert facts["calibration"]["return_rate"]["mature_lines"] > 0
    assert not published.list_dir(LAST - timedelta(days=7)).exists()


def test_a_night_without_a_day_after_it_cannot_be_judged(published, platform):
    with pytest.raises(UsageError, match="orders are known up to 2026-11-21"):
        backtest(ask(published, LAST, LAST, platform))
    with pytest.raises(UsageError, match="name the earlier night first"):
        backtest(ask(published, LAST - timedelta(days=1), LAST - timedelta(days=3), platform))


def test_the_command_line_refuses_what_it_does_not_know(tmp_path):
    program = Path(sys.executable).with_name("xuanpin")
    for words in (["simulate", "--scale", "huge"], ["simulate", "--seeds", "one"]):
        said = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
        assert said.returncode == 2
        assert words[1] in said.stderr
