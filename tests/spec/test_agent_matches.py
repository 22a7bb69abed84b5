"""The rules of matching, each on a small platform: who gets what, and what is said when it is not enough."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.match_worlds import ANSWERS, AS_OF, world_night
from xuanpin.pipelines.affinity.inputs import read_inputs
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.matching.step import match

TABLES = ("agent_matches", "agent_summary", "segment_demand", "agent_segments", "choice_weights")


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    world = world_night(tmp_path, 3, agents=10, skus=24, most_stock=80)
    yield world
    world.engine.close()


def _run(night: Night) -> list[dict[str, Any]]:
    affinity(night)
    match(night)
    rows: list[dict[str, Any]] = night.engine.query(
        "select * from night.agent_matches order by agent_id, match_rank"
    ).to_pylist()
    return rows


def test_the_same_inputs_give_the_same_rows(tmp_path: Path) -> None:
    seen = []
    for home in ("one", "two"):
        night = world_night(tmp_path / home, 5)
        _run(night)
        seen.append([night.engine.query(f"select * from night.{table} order by all").to_pylist() for table in TABLES])
        night.engine.close()
    assert seen[0] == seen[1]


def test_a_paused_agent_is_not_matched(night: Night) -> None:
    night.engine.execute("update night.stg_agents set status = 'paused' where agent_id = 'A0001'")
    assert "A0001" not in {row["agent_id"] for row in _run(night)}
    assert "A0001" not in night.engine.read("night.agent_summary")["agent_id"].to_pylist()


def test_an_agent_without_history_is_matched_from_her_persona(night: Night) -> None:
    for table in ("history.posts", "night.int_agent_daily", "history.matched"):
        night.engine.execute(f"delete from {table} where agent_id = 'A0002'")
    night.engine.execute(
        "update night.stg_agents set status = 'active', price_min = null, price_max = null, min_satisfaction = null,"
        " categories_excluded = [], daily_slots = 4 where agent_id = 'A0002'"
    )
    own = [row for row in _run(night) if row["agent_id"] == "A0002"]
    assert len(own) == 4 and all(row["expected_kept_units"] > 0 for row in own)


def test_a_sku_without_history_can_be_matched(night: Night) -> None:
    night.engine.execute("delete from history.posts where sku_id <> 'S0000'")
    night.engine.execute("delete from night.int_agent_daily where sku_id <> 'S0000'")
    assert {row["sku_id"] for row in _run(night)} - {"S0000"}


def test_nothing_permitted_is_said(night: Night) -> None:
    night.engine.execute("update night.stg_agents set status = 'active', price_max = 0.01 where agent_id = 'A0003'")
    _run(night)
    summary = {row["agent_id"]: row for row in night.engine.read("night.agent_summary").to_pylist()}
    assert summary["A0003"]["matches_given"] == 0
    assert summary["A0003"]["shortfall_code"] == "nothing_permitted"
    assert summary["A0003"]["mean_fit"] is None and summary["A0003"]["expected_regret_rate"] is None


def test_who_limits_landmines_is_given_none_above_her_limit_by_chance_neither(night: Night) -> None:
    night.engine.execute(
        "update night.stg_agents set status = 'active', price_min = null, price_max = null, min_satisfaction = null, "
        "categories_excluded = [], daily_slots = 20, max_landmine_probability = 0.05"
    )
    rows = _run(night)
    listed = night.engine.query("select sku_id, landmine_probability from night.sku_list").to_pylist()
    risk = {row["sku_id"]: row["landmine_probability"] for row in listed}
    safe = sum(value <= 0.05 for value in risk.values())
    assert 0 < safe < len(risk)
    assert rows and all(risk[row["sku_id"]] <= 0.05 for row in rows)
    summaries = night.engine.read("night.agent_summary").to_pylist()
    found = {(row["suited_skus"], row["suited_skus_at_any_risk"]) for row in summaries}
    assert found == {(safe, len(risk))}
    assert {row["shortfall_code"] for row in summaries} == {"few_permitted"}


@pytest.mark.parametrize(
    ("emptied", "code"),
    [
        (("night.sku_list",), "nothing_permitted"),
        (("night.sku_list", "night.sku_scores"), "nothing_permitted"),
        (("night.stg_agents",), None),
        (("history.posts", "history.matched", "night.int_agent_daily", "history.order_line_timeline"), None),
    ],
)
def test_a_platform_without_skus_agents_or_orders_is_matched_too(
    night: Night, emptied: tuple[str, ...], code: str | None
) -> None:
    for table in emptied:
        night.engine.execute(f"delete from {table}")
    rows = _run(night)
    codes = night.engine.read("night.agent_summary")["shortfall_code"].to_pylist()
    if code:
        assert rows == [] and set(codes) == {code}
    else:
        assert bool(rows) == bool(codes) == ("night.stg_agents" not in emptied)


def test_an_empty_store_gives_nothing_and_says_so(night: Night) -> None:
    night.engine.execute("update night.sku_scores set sellable_units = 0")
    assert _run(night) == []
    assert set(night.engine.read("night.agent_summary")["shortfall_code"].to_pylist()) == {"few_in_stock"}


def test_an_agent_whose_posts_nobody_records_is_not_promised_a_buying_day_every_day(night: Night) -> None:
    night.engine.execute("delete from history.posts")
    night.engine.execute("delete from history.matched")
    night.engine.execute("update night.stg_agents set status = 'active'")
    night.engine.execute("update night.sku_scores set sellable_units = 900")
    night.engine.execute("delete from night.int_agent_daily where dayofyear(ordered_on) % 6 <> 0")
    sold = night.engine.query("select sum(ordered_units) as units from night.int_agent_daily")["units"][0].as_py()
    assert 0 < sum(row["expected_kept_units"] for row in _run(night)) < 2 * sold / 14


def test_stock_of_one_goes_to_one_agent(night: Night) -> None:
    night.engine.execute("update night.sku_scores set sellable_units = 1")
    rows = _run(night)
    assert len({row["sku_id"] for row in rows}) == len(rows) > 0
    codes = set(night.engine.read("night.agent_summary")["shortfall_code"].to_pylist())
    assert "stock_shared_out" in codes


def test_an_agent_whose_group_has_recent_faults_gets_nothing_by_chance(tmp_path: Path) -> None:
    night = world_night(tmp_path, 9, agents=12, most_stock=900, exploration_share=0.05)
    night.engine.execute("update night.stg_agents set daily_slots = 20, status = 'active'")
    by_chance = {row["agent_id"] for row in _run(night) if row["propensity"] is not None}
    assert by_chance
    faulty = sorted(by_chance)[0]
    lines = night.engine.read("history.order_line_timeline")
    bad = lines.to_pylist()[0] | {
        "agent_id": faulty,
        "group_id": "faulty",
        "delivered_on": AS_OF,
        "fault_requested_on": AS_OF,
    }
    night.engine.append("history.order_line_timeline", pa.Table.from_pylist([bad] * 5, lines.schema))
    again = {row["agent_id"] for row in _run(night) if row["propensity"] is not None}
    night.engine.close()
    assert again == by_chance - {faulty}


def test_a_day_without_posts_is_learnt_from_matches(night: Night) -> None:
    night.engine.execute("delete from history.posts")
    night.engine.execute("update history.matched set list_date = $day", day=AS_OF - timedelta(days=1))
    inputs = read_inputs(night)
    matched = night.engine.distinct("history.matched", "agent_id", "sku_id", "list_date").num_rows
    assert not any(inputs.posts["is_recorded"].to_pylist())
    assert 0 < matched < inputs.posts.num_rows


def test_misses_of_a_post_are_learnt_and_late_orders_count_for_it(night: Night) -> None:
    shown = [
        (AS_OF - timedelta(days=4), "A0000", "G0000", "S0001", 1),
        (AS_OF - timedelta(days=4), "A0000", "G0000", "S0002", 1),
    ]
    names = ["posted_on", "agent_id", "group_id", "sku_id", "posts"]
    night.engine.store(
        "history.posts", pa.table({name: [row[place] for row in shown] for place, name in enumerate(names)})
    )
    sold = ("A0000", "S0001", AS_OF - timedelta(days=2), 1, 3, 3, 0, 0)
    columns = night.engine.read("night.int_agent_daily").schema.names
    night.engine.store("night.int_agent_daily", pa.table({name: [sold[place]] for place, name in enumerate(columns)}))
    night.engine.execute("delete from history.matched")
    posts = read_inputs(night).posts.select(["product_row", "ordered_units", "is_recorded"]).to_pylist()
    assert posts == [
        {"product_row": 1, "ordered_units": 3, "is_recorded": True},
        {"product_row": 2, "ordered_units": 0, "is_recorded": True},
    ]


def test_segment_demand_leaves_out_what_most_of_a_segment_may_not_sell(night: Night) -> None:
    night.engine.execute("update night.stg_agents set price_max = 50, price_min = null")
    _run(night)
    dear = night.engine.query(
        "select count(*) as rows from night.segment_demand join night.sku_scores using (sku_id) where list_price > 50"
    )
    assert dear["rows"][0].as_py() == 0 and len(night.engine.read("night.segment_demand")) > 0


def test_every_sku_on_trial_that_somebody_may_sell_reaches_an_agent_by_a_logged_chance(tmp_path: Path) -> None:
    night = world_night(tmp_path, 9, agents=200, most_stock=900, exploration_share=0.05)
    affinity(night)
    match(night)
    tried = night.engine.query(
        """
        select l.sku_id, count(m.propensity) as draws, max(m.propensity) as propensity
        from night.sku_list as l join night.agent_matches as m on l.sku_id = m.sku_id
        where l.role = 'explore' group by l.sku_id
        """
    ).to_pylist()
    assert len(tried) == 4 and all(row["draws"] >= 1 for row in tried)
    assert all(0.0 < row["propensity"] <= 1.0 for row in tried)


def test_an_agent_is_not_matched_with_what_she_declined_and_others_are(night: Night) -> None:
    _run(night)
    before = night.engine.query("select agent_id, sku_id from night.agent_matches order by 1, 2").to_pylist()
    (asked, sku) = before[0].values()
    said = {"list_date": AS_OF, "agent_id": asked, "sku_id": sku, "answer": "declined", "reason_code": "style"}
    night.engine.store("night.stg_match_answers", pa.Table.from_pylist([said], ANSWERS))
    _run(night)
    after = night.engine.query("select agent_id, sku_id from night.agent_matches order by 1, 2").to_pylist()
    assert {"agent_id": asked, "sku_id": sku} not in after
    assert {row["sku_id"] for row in before} <= {row["sku_id"] for row in after} | {sku}
