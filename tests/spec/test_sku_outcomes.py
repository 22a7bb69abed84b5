"""From order lines to evidence: a line is regretted once, at its first sign, and its reasons say what they rest on."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.scoring_world import LAST_DAY, Lines, draw_catalogue, draw_lines, open_world, score
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import codes_of, parse_reason, reason_sentence
from xuanpin.pipelines.scoring.outcomes import count_outcomes


@pytest.fixture
def night(tmp_path: Path) -> Night:
    rng = np.random.default_rng(8)
    catalogue = draw_catalogue(rng, 120, categories=3, suppliers=6, spread=10.0)
    return open_world(tmp_path, rng, catalogue, draw_lines(rng, catalogue, 6_000, 100))


def with_lines(night: Night, rows: Sequence[Any]) -> None:
    """Replace all lines by (line, days since delivery, days since fault or None), complaints by (line, days since)."""

    def ago(days: Any) -> str:
        return "null" if days is None else f"date '{LAST_DAY - timedelta(days=days)}'"

    lines = [row for row in rows if len(row) == 3]
    night.engine.execute("delete from history.order_line_timeline")
    night.engine.execute("delete from night.int_complaints")
    for line, delivered, fault in lines:
        night.engine.execute(
            "insert into history.order_line_timeline by name select $line as order_line_id, 'S000000' as sku_id, "
            "$line as customer_id, 'A1' as agent_id, "
            f"{ago(delivered)} as valid_from, date '9999-12-31' as valid_to, {ago(delivered)} as delivered_on, "
            f"true as is_sale, {ago(fault)} as return_requested_on, {ago(fault)} as fault_requested_on",
            line=line,
        )
    for line, complained in (row for row in rows if len(row) == 2):
        night.engine.execute(
            f"insert into night.int_complaints values ($line, 'S000000', {ago(complained)}, 1.0)", line=line
        )
    night.engine.execute(
        "create or replace table night.int_sku_daily as select sku_id, delivered_on, "
        "cast(date_diff('day', delivered_on, fault_requested_on) as integer) as delay_days, 0 as delivered_lines, "
        "1 as returned_lines, 1 as fault_lines from history.order_line_timeline where fault_requested_on is not null"
    )


def regrets(night: Night) -> list[Any]:
    night.engine.clear("ops.judged")
    count_outcomes(night)
    found = night.engine.query("select delay_days, lines from night.int_sku_outcomes where metric = 'regret'")
    return sorted((row["delay_days"], row["lines"]) for row in found.to_pylist())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("L1", 30, 20)], [(10, 1)], id="a fault return regrets its line"),
        pytest.param([("L1", 30, None), ("L1", 27)], [(3, 1)], id="a complaint alone does too"),
        pytest.param([("L1", 30, 20), ("L1", 27)], [(3, 1)], id="complaint, then return: once, at the complaint"),
        pytest.param([("L1", 30, 20), ("L1", 15)], [(10, 1)], id="return, then complaint: once, at the return"),
        pytest.param([("L1", 30, 20), ("L1", 20)], [(10, 1)], id="both on one day: once"),
        pytest.param([("L1", 30, None), ("L1", 33)], [(0, 1)], id="a complaint before delivery counts from delivery"),
        pytest.param([("L1", 30, None), ("L1", -1)], [], id="a complaint of tomorrow is not known yet"),
        pytest.param([("L1", 30, None)], [], id="a kept line without complaint is not regretted"),
    ],
)
def test_a_line_is_regretted_once_at_its_first_sign(
    night: Night,
    rows: list[tuple[str, int, int]]
    | list[tuple[str, int, None] | tuple[str, int]]
    | list[tuple[str, int, int] | tuple[str, int]]
    | list[tuple[str, int, None]],
    expected: list[tuple[int, int]] | list[Any],
) -> None:
    with_lines(night, rows)
    assert regrets(night) == expected


def curve_of(night: Night, rows: list[Any]) -> dict[Any, Any]:
    """The share of regrets shown by day, of lines as in `with_lines`; one clean line is 4 days old."""
    with_lines(night, rows)
    night.engine.execute(
        "insert into night.int_sku_daily values ('S000000', $day, null, 1, 0, 0)", day=LAST_DAY - timedelta(days=4)
    )
    regrets(night)
    curve = night.engine.query("select distinct day, regret_share from night.int_delay_curve order by day").to_pylist()
    return {row["day"]: float(row["regret_share"]) for row in curve}


@pytest.fixture
def nothing_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was seen counts, not what is assumed of delays before."""
    for module in ("pipelines.scoring.outcomes", "models.risk.right_truncation"):
        monkeypatch.setattr(f"xuanpin.{module}.ASSUMED_OUTCOMES", 0.0)


@pytest.mark.usefixtures("nothing_assumed")
def test_the_delay_curve_is_right_truncation_corrected(night: Night) -> None:
    """Two lines 10 days old returned after 1 and 9 days, one 2 days old after 1: at risk at 9 are two, one shown."""
    curve = curve_of(night, [("L1", 10, 9), ("L2", 10, 1), ("L3", 2, 1)])
    seen = curve[10]  # the rest is yet to come
    assert curve == pytest.approx({1: 0.5 * seen, 2: 0.5 * seen, 4: 0.5 * seen, 9: seen, 10: seen}, abs=1e-6)
    # Half came in the last doubling, none in the one before: (1/2 + 10/3) / (20/3) · .7 = .4025 of it come in the next.
    late = 0.5 * (0.4025 + 0.4025 * 0.28175 + 0.4025 * 0.28175 * 0.197225)
    assert seen == pytest.approx(1 / (1 + late), abs=2e-3)
    assert seen == pytest.approx(0.786978, abs=1e-6)


@pytest.mark.usefixtures("nothing_assumed")
def test_one_late_return_of_the_only_line_so_old_does_not_say_that_nothing_shows_before(night: Night) -> None:
    recent = [(f"L{copy}", 10, 9 - 2 * (copy % 2)) for copy in range(40)]
    curve = curve_of(night, [*recent, ("L40", 58, 0)])
    # Its category still heeds it, as one line among those that it borrows.
    assert curve == pytest.approx({1: 0.5, 3: 1.0, 4: 1.0, 10: 1.0, 58: 1.0}, abs=0.1)


def test_clean_lines_flip_the_decision(night: Night) -> None:
    score(night)
    cap = night.settings.scoring.landmine_cap
    gated = night.engine.query(
        "select * from night.sku_scores where is_gated and evidence_orders > 0 order by landmine_probability, sku_id"
    ).to_pylist()[0]
    before = int(gated["sku_id"][1:])
    needed = gated["clean_lines_needed"]
    assert gated["landmine_probability"] > cap and needed > 0
    # The promised lines arrive: delivered long ago, never returned; some more make up for the ceiling they lower.
    night.engine.execute(
        "insert into night.int_sku_daily by name select $sku as sku_id, cast($day as date) as delivered_on, "
        "cast(null as integer) as delay_days, cast($lines as bigint) as delivered_lines, 0 as delivered_units, "
        "0 as returned_lines, 0 as returned_units, 0 as fault_lines",
        sku=f"S{before:06d}",
        day=LAST_DAY - timedelta(days=179),
        lines=int(needed * 1.3) + 5,
    )
    score(night)
    after = night.engine.query("select * from night.sku_scores where sku_id = $sku", sku=gated["sku_id"]).to_pylist()[0]
    assert not after["is_gated"]


def test_every_reason_can_be_told_in_both_languages(night: Night) -> None:
    score(night)
    for row in night.engine.query("select is_gated, score_reasons from night.sku_scores").to_pylist():
        assert {parse_reason(reason)[0] for reason in row["score_reasons"]} <= set(codes_of("sku_scorecard"))
        assert all(reason_sentence(reason, language) for reason in row["score_reasons"] for language in ("zh", "en"))
        first = parse_reason(row["score_reasons"][0])[0]
        assert first == ("over_landmine_cap" if row["is_gated"] else "under_landmine_cap")


def test_skus_without_orders_rest_on_their_kind(night: Night) -> None:
    night.engine.execute("delete from night.int_sku_daily where sku_id = 'S000003'")
    night.engine.execute("delete from history.order_line_timeline where sku_id = 'S000003'")
    score(night)
    row = night.engine.query("select * from night.sku_scores where sku_id = 'S000003'").to_pylist()[0]
    assert row["prior_only"] and row["evidence_orders"] == 0
    assert row["fault_sku"] is None
    assert 0.0 < row["regret_rate"] < 0.3 and row["demand_per_post"] > 0.0


def test_a_ceiling_of_the_settings_wins_over_the_ratio(night: Night) -> None:
    score(night)
    chosen = night.engine.query("select min(category) as path from night.stg_products")["path"][0].as_py()
    settings = night.settings.scoring.model_copy(update={"category_ceilings": {chosen: 0.011}})
    object.__setattr__(night, "settings", night.settings.model_copy(update={"scoring": settings}))
    score(night)
    found = night.engine.query(
        "select distinct category = $path as is_chosen, landmine_ceiling = 0.011 as is_set from night.sku_scores",
        path=chosen,
    ).to_pylist()
    assert sorted((row["is_chosen"], row["is_set"]) for row in found) == [(False, False), (True, True)]


def test_a_platform_on_its_first_day_is_scored(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    catalogue = draw_catalogue(rng, 10, categories=2, suppliers=2)
    none = Lines(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0))
    night = open_world(tmp_path, rng, catalogue, none)
    assert score(night) == (10, 10)
    assert night.engine.query("select bool_and(prior_only) as all_new from night.sku_scores")["all_new"][0].as_py()
