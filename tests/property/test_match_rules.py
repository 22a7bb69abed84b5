"""Over random platforms: no match breaks a hard rule, no SKU goes beyond its stock, and every reason recomputes."""

import tempfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.match_worlds import agent, propose, sku, world_night
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import parse_reason, reason_sentence
from xuanpin.pipelines.matching.quotes import QUOTED_ANSWERS, QUOTED_UNITS
from xuanpin.pipelines.matching.step import match

WORLDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "agents": st.integers(1, 14),
        "skus": st.integers(2, 30),
        "days": st.integers(0, 6),
        "most_stock": st.sampled_from([2, 8, 60]),
        "exploration_share": st.sampled_from([0.0, 0.05]),
        "floor_slots": st.integers(0, 3),
        "repeat_share": st.sampled_from([0.0, 0.8]),
        "segments": st.sampled_from([3, 200]),
        "answered": st.sampled_from([0.0, 0.1, 0.8]),
    }
)
PROPOSED = st.fixed_dictionaries(
    {
        "picks": st.lists(st.tuples(st.integers(0, 13), st.integers(0, 29), st.integers(0, 3)), max_size=40),
        "on_trial": st.sets(st.integers(0, 19), max_size=3),
    }
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(WORLDS, PROPOSED)
def test_matches_of_any_platform_obey_the_rules(world: dict[str, Any], proposed: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        night = world_night(Path(folder), **world)
        affinity(night)
        propose(night, *_proposals(world, proposed))
        match(night)
        _assert_picks(night)
        rows = _matches(night)
        _assert_hard_rules(rows)
        _assert_stock(night, rows)
        _assert_ranks_and_summary(night, rows)
        _assert_reasons(night, rows)
        _assert_alternates(night, rows)
        _assert_nothing_declined(night)
        night.engine.close()


def _proposals(world: dict[str, Any], proposed: dict[str, Any]) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Proposals of agents and SKUs that the world has, each once."""
    known = {(a % world["agents"], s % world["skus"]): hour for a, s, hour in proposed["picks"]}
    return [(agent(a), sku(s), hour) for (a, s), hour in known.items()], [sku(s) for s in proposed["on_trial"]]


def _assert_picks(night: Night) -> None:
    """What is said of proposals is what the matches show, and a SKU on trial is matched with those who asked alone."""
    answers = {(row["agent_id"], row["sku_id"]): row for row in night.engine.read("night.pick_answers").to_pylist()}
    matched = night.engine.read("night.agent_matches").to_pylist()
    given = {(row["agent_id"], row["sku_id"]) for row in matched}
    assert {key for key, row in answers.items() if row["decision"] != "refused"} == given & answers.keys()
    on_trial = {item for (_, item), row in answers.items() if row["decision"] == "listed_for_trial"}
    assert {key for key in given if key[1] in on_trial} <= answers.keys()
    assert {key for key, row in answers.items() if row["decision_code"] == "no_stock"}.isdisjoint(given)
    own = {(row["agent_id"], row["sku_id"]) for row in matched if "own_pick" in row["reasons"]}
    assert own <= given & answers.keys()


def _matches(night: Night, table: str = "agent_matches", rank: str = "match_rank") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = night.engine.query(
        f"""
        select m.*, a.* exclude (agent_id), s.category, s.list_price, s.landmine_probability,
            coalesce(s.satisfaction_upper, s.satisfaction) as satisfaction,
            s.style_tags as sku_styles, s.series_tags as sku_series,
            l.sku_id is not null as is_listed
        from night.{table} as m
        join night.stg_agents as a on m.agent_id = a.agent_id
        join night.sku_scores as s on m.sku_id = s.sku_id
        left join night.sku_list as l on m.sku_id = l.sku_id
        order by m.agent_id, m.{rank}
        """
    ).to_pylist()
    return rows


def _assert_hard_rules(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert row["status"] == "active" and row["is_listed"]
        assert row["price_min"] is None or row["list_price"] >= row["price_min"]
        assert row["price_max"] is None or row["list_price"] <= row["price_max"]
        assert row["min_satisfaction"] is None or row["satisfaction"] >= row["min_satisfaction"]
        limit = row["max_landmine_probability"]
        assert limit is None or row["landmine_probability"] <= limit
        for path in row["categories_excluded"]:
            assert row["category"] != path and not row["category"].startswith(path + "/")


def _assert_alternates(night: Night, matches: list[dict[str, Any]]) -> None:
    rows = _matches(night, "agent_alternates", "alternate_rank")
    _assert_hard_rules(rows)
    given = {(row["agent_id"], row["sku_id"]) for row in matches}
    left = {row["sku_id"]: row["sellable_units"] for row in night.engine.read("night.sku_scores").to_pylist()}
    for row in matches:
        left[row["sku_id"]] -= row["units_reserved"]
    for row in rows:
        assert (row["agent_id"], row["sku_id"]) not in given
        assert left[row["sku_id"]] >= 1 and row["expected_kept_units"] <= left[row["sku_id"]]
        assert 0 <= row["fit"] <= 1 and 0 <= row["acceptance"] <= 1 and row["expected_kept_units"] >= 0
        assert all(reason_sentence(reason, "zh") for reason in row["reasons"])
    for agent_id in {row["agent_id"] for row in rows}:
        ranks = [row["alternate_rank"] for row in rows if row["agent_id"] == agent_id]
        assert ranks == list(range(1, len(ranks) + 1)) and len(ranks) <= night.settings.matching.alternates


def _assert_nothing_declined(night: Night) -> None:
    for table in ("agent_matches", "agent_alternates"):
        both = f"night.{table} as m join night.int_standing_refusals as r using (agent_id, sku_id)"
        assert night.engine.query(f"select count(*) as broken from {both}")["broken"][0].as_py() == 0


def _assert_stock(night: Night, rows: list[dict[str, Any]]) -> None:
    held: dict[str, int] = {}
    for row in rows:
        assert row["units_reserved"] >= 1
        held[row["sku_id"]] = held.get(row["sku_id"], 0) + row["units_reserved"]
    stock = {row["sku_id"]: row["sellable_units"] for row in night.engine.read("night.sku_scores").to_pylist()}
    assert all(units <= stock[sku_id] for sku_id, units in held.items())


def _assert_ranks_and_summary(night: Night, rows: list[dict[str, Any]]) -> None:
    summary = {row["agent_id"]: row for row in night.engine.read("night.agent_summary").to_pylist()}
    active = night.engine.query("select agent_id from night.stg_agents where status = 'active'")
    assert set(summary) == set(active["agent_id"].to_pylist())
    for agent_id, asked in summary.items():
        own = [row for row in rows if row["agent_id"] == agent_id]
        assert [row["match_rank"] for row in own] == list(range(1, len(own) + 1))
        assert len({row["sku_id"] for row in own}) == len(own) == asked["matches_given"] <= asked["slots_asked"]
        assert (asked["shortfall_code"] is None) == (len(own) == asked["slots_asked"])
        if asked["shortfall_code"]:
            assert reason_sentence(asked["shortfall_code"], "en")
        assert all(0 <= row["fit"] <= 1 and row["expected_kept_units"] >= 0 for row in own)
        assert all(row["propensity"] is None or 0 < row["propensity"] <= 1 for row in own)
        assert all(0 <= row["acceptance"] <= 1 for row in own)


def _assert_reasons(night: Night, rows: list[dict[str, Any]]) -> None:
    sales = night.engine.query(
        """
        select d.agent_id, d.sku_id, s.category, d.ordered_units, d.delivered_units, d.returned_units
        from night.int_agent_daily as d join night.stg_products as s on d.sku_id = s.sku_id
        """
    ).to_pylist()
    for row in rows:
        own = [sale for sale in sales if sale["agent_id"] == row["agent_id"]]
        said = {parse_reason(reason)[0] for reason in row["reasons"]}
        assert ("given_by_chance" in said) == (row["propensity"] is not None)
        for reason in row["reasons"]:
            assert reason_sentence(reason, "zh") and reason_sentence(reason, "en")
            _assert_reason(*parse_reason(reason), row, own)


def _assert_reason(code: str, values: dict[str, str], row: dict[str, Any], own: list[dict[str, Any]]) -> None:
    if code == "kept_share":
        assert values["category"] == row["category"]
        same = [sale for sale in own if sale["category"] == row["category"]]
        units = sum(sale["delivered_units"] for sale in same)
        kept = units - sum(sale["returned_units"] for sale in same)
        assert int(values["units"]) == units >= QUOTED_UNITS
        assert abs(float(values["kept"]) - kept / units) <= 0.0051
    elif code == "bought_before":
        assert int(values["units"]) == sum(sale["ordered_units"] for sale in own if sale["sku_id"] == row["sku_id"])
    elif code in ("price_in_band", "price_at_most", "price_at_least"):
        assert Decimal(values["price"]) == row["list_price"]
        assert Decimal(values.get("min", "0")) == (row["price_min"] or 0)
        assert "max" not in values or Decimal(values["max"]) == row["price_max"]
    elif code == "style_match":
        assert values["tag"] in set(row["style_tags"]) & set(row["sku_styles"])
    elif code == "series_match":
        assert values["tag"] in set(row["series_tags"]) & set(row["sku_series"])
    elif code == "wanted_category":
        assert values["category"] in row["categories_wanted"]
        assert (row["category"] + "/").startswith(values["category"] + "/")
    elif code == "like_taken":
        assert values["category"] == row["category"]
        assert QUOTED_ANSWERS <= int(values["taken"]) <= int(values["answered"]) < 2 * int(values["taken"])
    elif code == "expected_kept":
        exact = Decimal(repr(row["expected_kept_units"]))
        assert abs(Decimal(values["units"]) - exact.quantize(Decimal("0.01"), ROUND_HALF_UP)) <= Decimal("0.01")
    elif code != "own_pick":
        assert code == "given_by_chance"
        assert abs(float(values["propensity"]) - row["propensity"]) <= 1e-5
