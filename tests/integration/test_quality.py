"""Each planted fault in the warehouse is found, by counting and by Great Expectations, and named without words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.source_rows import complete, schema
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract, published_contracts
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import InputRefused, OutputCheckFailed
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.quality import expectations, step
from xuanpin.pipelines.quality.counting import checked_tables, count_tables
from xuanpin.pipelines.quality.expectations import REPEATED, failed_checks
from xuanpin.pipelines.quality.scope import night_names
from xuanpin.pipelines.quality.step import check_outputs, check_sources, write_data_docs
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import QualitySettings

DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
MEASURES = {
    "title": "草莓", "category": "食品/水果", "supplier_id": "P1", "list_price": 10, "score": 0.5,
    "expected_kept_units": 3.0, "return_rate": 0.1, "return_rate_lower": 0.05, "return_rate_upper": 0.2,
    "regret_rate": 0.05, "regret_rate_lower": 0.02, "regret_rate_upper": 0.1, "landmine_ceiling": 0.1,
    "landmine_probability": 0.01, "satisfaction": 0.9, "satisfaction_lower": 0.8, "demand_per_post": 2.0,
    "happy_if_kept": 0.95, "evidence_orders": 40, "evidence_messages": 9, "sellable_units": 5, "days_on_list": 0,
    "prior_only": False, "reasons": [],
}  # fmt: skip
MATCH = {"expected_kept_units": 1.0, "reasons": []}
ROWS: dict[str, list[dict[str, Any]]] = {
    "sku_list": [
        MEASURES | {"sku_id": "S1", "list_rank": 1, "role": "core"},
        MEASURES | {"sku_id": "S2", "list_rank": 2, "role": "explore"},
    ],
    "sku_scorecard": [
        MEASURES | {"sku_id": "S1", "decision": "listed", "decision_code": "pinned_by_override"},
        MEASURES | {"sku_id": "S2", "decision": "listed", "decision_code": "pinned_by_override"},
        MEASURES | {"sku_id": "S3", "decision": "not_listed", "decision_code": "out_of_stock"},
    ],
    "agent_matches": [
        MATCH | {"agent_id": "A1", "match_rank": 1, "sku_id": "S1", "fit": 0.9, "units_reserved": 2},
        MATCH | {"agent_id": "A1", "match_rank": 2, "sku_id": "S2", "fit": 0.8, "units_reserved": 1},
        MATCH | {"agent_id": "A2", "match_rank": 1, "sku_id": "S1", "fit": 0.7, "units_reserved": 3},
    ],
    "agent_alternates": [
        MATCH | {"agent_id": "A2", "alternate_rank": 1, "sku_id": "S2", "fit": 0.6, "acceptance": 0.5},
    ],
    "agent_summary": [
        {"agent_id": "A1", "slots_asked": 2, "matches_given": 2, "expected_kept_units": 2.0},
        {"agent_id": "A2", "slots_asked": 1, "matches_given": 1, "expected_kept_units": 1.0},
    ],
    "feedback_mentions": [
        {
            "message_id": "M1", "group_id": "G1", "sku_id": "S1", "sent_on": DAY, "kind": "feedback",
            "satisfaction": 0.9, "aspects": [{"aspect": "taste", "polarity": 1.0}], "attribution": "card",
            "attribution_confidence": 1.0, "trust_weight": 1.0, "calibrated": False,
        }
    ],
    "alarms": [
        {
            "level": "sku", "entity_id": "S3", "metric": "regret_rate", "since_on": DAY, "severity": "warning",
            "evidence": "events=3",
        }
    ],
    "calibration": [{"metric": "return_rate", "bin": 0, "predicted": 0.1, "observed": 0.1, "n": 10}],
    "pick_answers": [
        {"agent_id": "A1", "sku_id": "S1", "decision": "matched", "decision_code": "on_list"},
    ],
    "list_frontier": [
        {
            "list_size": 2, "promise": 0.05, "expected_kept_units": 6.0, "promise_bound": 0.04, "covered_share": 1.0,
            "objective": 5.0, "gap": 0.0, "listed": 2,
        },
    ],
    "experiment_assignments": [
        {
            "experiment": "x", "unit_kind": "sku", "unit_id": "S1", "arm": "treatment", "arm_propensity": 0.5,
            "block": 3, "is_withdrawn": False,
        },
    ],
    "experiment_results": [
        {
            "experiment": "x", "metric": "regret_rate", "trial_state": "running", "days_counted": 2, "treated": 0.1,
            "control": 0.1, "effect": 0.0, "effect_lower": -0.1, "effect_upper": 0.1, "looks_confidence": 0.95,
            "verdict": "open",
        },
    ],
}  # fmt: skip
AGENTS: list[dict[str, Any]] = [
    {
        "agent_id": "A1",
        "price_min": 5,
        "price_max": 20,
        "min_satisfaction": 0.8,
        "categories_excluded": ["女装"],
        "max_landmine_probability": 0.05,
    },
    {
        "agent_id": "A2",
        "price_min": None,
        "price_max": None,
        "min_satisfaction": None,
        "categories_excluded": [],
        "max_landmine_probability": None,
    },
]
FAULTS = [
    ("sku_list", 1, {"list_rank": 3}, "sku_list.list_rank_not_dense", "S2"),
    ("sku_list", 1, {"role": "gift"}, "sku_list.role_not_allowed", "S2"),
    ("sku_list", 0, {"title": None}, "sku_list.title_missing", "S1"),
    ("sku_list", 0, {"landmine_probability": 1.2}, "sku_list.landmine_probability_above_maximum", "S1"),
    ("sku_list", 0, {"score": float("inf")}, "sku_list.score_not_finite", "S1"),
    ("sku_list", 0, {"reasons": ["nonsense:a=1"]}, "sku_list.reasons_unknown_code", "S1"),
    ("sku_list", 1, {"sku_id": "S1"}, "sku_list.unique_key", "S1"),
    ("sku_scorecard", 2, {"decision": "listed"}, "sku_scorecard.listed_but_not_on_list", "S3"),
    ("sku_scorecard", 1, {"decision": "not_listed"}, "sku_scorecard.on_list_but_not_listed", "S2"),
    ("agent_matches", 2, {"units_reserved": 4}, "agent_matches.stock_exceeded", "S1"),
    ("agent_matches", 1, {"match_rank": 4}, "agent_matches.match_rank_not_dense", "A1/S2"),
    ("agent_matches", 2, {"sku_id": "S3"}, "agent_matches.sku_id_unknown", "A2/S3"),
    ("agent_matches", 2, {"agent_id": "A9"}, "agent_matches.unknown_agent", "A9"),
    ("agent_matches", 0, {"fit": -0.1}, "agent_matches.fit_below_minimum", "A1/S1"),
    ("sku_list", 1, {"list_price": 21}, "agent_matches.outside_price_band", "A1/S2"),
    ("sku_list", 1, {"satisfaction": 0.79}, "agent_matches.below_min_satisfaction", "A1/S2"),
    ("sku_list", 1, {"landmine_probability": 0.051}, "agent_matches.above_max_landmine_probability", "A1/S2"),
    ("agent_alternates", 0, {"alternate_rank": 2}, "agent_alternates.alternate_rank_not_dense", "A2/S2"),
    ("agent_alternates", 0, {"sku_id": "S3"}, "agent_alternates.sku_id_unknown", "A2/S3"),
    ("agent_alternates", 0, {"sku_id": "S1"}, "agent_alternates.also_a_match", "A2/S1"),
    ("agent_alternates", 0, {"acceptance": 1.1}, "agent_alternates.acceptance_above_maximum", "A2/S2"),
    ("agent_alternates", 0, {"agent_id": "A9"}, "agent_alternates.unknown_agent", "A9"),
    ("sku_list", 1, {"sellable_units": 1}, "agent_alternates.no_unit_left", "A2/S2"),
    ("pick_answers", 0, {"sku_id": "S2", "decision": "listed_for_trial"}, "agent_alternates.on_trial_for_others",
     "A2/S2"),
    ("agent_summary", 0, {"landmine_share": 0.051, "max_landmine_probability": 0.05},
     "agent_summary.set_above_max_landmine_probability", "A1"),
    ("sku_list", 1, {"category": "女装/连衣裙"}, "agent_matches.excluded_category", "A1/S2"),
    ("agent_summary", 1, {"slots_asked": 3}, "agent_summary.shortfall_unexplained", "A2"),
    ("agent_summary", 1, {"nights_short": 2}, "agent_summary.nights_short_miscounted", "A2"),
    ("agent_summary", 0, {"recommended_lines": 9, "kept_lines": 5, "returned_lines": 3},
     "agent_summary.record_not_adding_up", "A1"),
    ("agent_summary", 0, {"feedback_voices": 6, "happy_voices": 7}, "agent_summary.record_not_adding_up", "A1"),
    ("agent_summary", 0, {"declined_skus": 3, "declined_right": 2, "declined_fine": 2},
     "agent_summary.record_not_adding_up", "A1"),
    ("agent_summary", 1, {"matches_given": 0, "slots_asked": 0}, "agent_summary.matches_miscounted", "A2"),
    ("experiment_assignments", 0, {"arm": "both"}, "experiment_assignments.arm_not_allowed", "x/S1"),
    ("experiment_results", 0, {"effect_lower": 0.1}, "experiment_results.limits_crossed", "x/regret_rate"),
    ("feedback_mentions", 0, {"attribution": "none"}, "feedback_mentions.sku_without_attribution", "M1/S1"),
]  # fmt: skip


@contextmanager
def opened(root: Path) -> Iterator[Night]:
    engine = open_home(Home(root))
    yield Night(engine, Settings(), Home(root), DAY, None, NOW)
    engine.close()


@pytest.fixture(autouse=True)
def every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Great Expectations repeat the checks as often as it is due, unlike in other files of tests."""
    monkeypatch.setattr(step, "repeat_when_due", expectations.repeat_when_due)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with opened(tmp_path / "home") as night:
        yield night


@pytest.fixture(scope="module")
def shared_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with opened(tmp_path_factory.mktemp("home")) as night:
        yield night


def store_outputs(night: Night, rows: dict[str, Any]) -> None:
    for table, content in rows.items():
        own = load_contract(table).unstamped().arrow_schema()
        nullable = pa.schema([field.with_nullable(True) for field in own])
        filled = [{name: row.get(name, [] if name == "reasons" else None) for name in own.names} for row in content]
        night.engine.store(f"night.{table}", pa.Table.from_pylist(filled, nullable))
    agents = pa.schema([(name, load_contract("agents").arrow_schema().field(name).type) for name in AGENTS[0]])
    night.engine.store("night.stg_agents", pa.Table.from_pylist(AGENTS, agents))


def store_sources(night: Night, orders: list[Any], drop_seq: int = 1) -> None:
    first = {"products": [{"sku_id": "S1"}], "groups": [{"group_id": "G1"}]} if drop_seq == 1 else {}
    for table, rows in (first | {"orders": orders}).items():
        content = [complete(table, row, drop_seq) for row in rows]
        night.engine.append(f"source.{table}", pa.Table.from_pylist(content, schema(table)))
    night.engine.execute(
        "CREATE OR REPLACE TABLE ops.arrivals AS SELECT 'orders' AS table_name, known_on,"
        " max(drop_seq) AS last_drop_seq, count(*) AS rows, NULL::BIGINT AS cleaned_rows FROM source.orders"
        " GROUP BY known_on"
    )


def order(name: str, day: date, **changes: Any) -> dict[Any, Any]:
    at = datetime(day.year, day.month, day.day, 9)
    return {"order_line_id": name, "ordered_at": at, "updated_at": at, **changes}


def quality(night: Night) -> dict[Any, Any]:
    return {row["check_name"]: row for row in night.engine.read("night.run_quality").to_pylist()}


def test_outputs_that_keep_every_promise_pass(night: Night) -> None:
    store_outputs(night, ROWS)
    rows, checks = check_outputs(night)
    assert rows == sum(len(content) for content in ROWS.values())
    results = quality(night)
    assert checks == len(results)
    assert {row["result"] for row in results.values()} == {"pass"}
    assert {row["table_name"] for row in results.values()} == set(ROWS)
    assert results["agent_matches.stock_exceeded"]["rows_seen"] == 3


@pytest.mark.parametrize(("table", "index", "change", "check", "shown"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_planted_fault_in_the_outputs_is_found_and_named(
    shared_night: Night, table: str, index: Any, change: Any, check: Any, shown: Any
) -> None:
    rows = {name: [dict(row) for row in content] for name, content in ROWS.items()}
    rows[table][index] |= change
    store_outputs(shared_night, rows)
    checked = check.split(".")[0]
    tables = {f"night.{checked}": load_contract(checked).unstamped()}
    results = count_tables(shared_night.engine, tables, names=night_names(), now=NOW)
    (result,) = [result for result in results if result.check_name == check]
    assert check in failed_checks(shared_night.engine, checked_tables(tables, night_names(), NOW))
    assert (result.result, result.severity, result.ids[0]) == ("fail", "critical", shown)
    assert result.rows_failed == len(result.ids)


def test_a_failed_output_check_names_check_table_count_and_ids(night: Night) -> None:
    leak = ROWS["feedback_mentions"][0] | {"sent_on": date(2026, 11, 22)}
    store_outputs(night, ROWS | {"feedback_mentions": [leak]})
    with pytest.raises(OutputCheckFailed) as refused:
        check_outputs(night)
    assert refused.value.exit_code == 4
    assert str(refused.value).startswith(
        "check feedback_mentions.sent_after_as_of_date failed on table feedback_mentions: "
        "1 of 1 row (2026-11-22/M1/S1); nothing was published."
    )
    result = quality(night)["feedback_mentions.sent_after_as_of_date"]
    assert (result["result"], result["rows_failed"]) == ("fail", 1)


def test_a_warning_is_recorded_and_stops_nothing(night: Night) -> None:
    rows = ROWS | {"sku_list": [ROWS["sku_list"][0] | {"return_rate": 0.3}, ROWS["sku_list"][1]]}
    store_outputs(night, rows)
    check_outputs(night)
    assert quality(night)["sku_list.return_rate_above_upper"]["result"] == "warn"


def test_an_empty_list_is_not_published(night: Night) -> None:
    store_outputs(night, {name: [] for name in ROWS})
    with pytest.raises(OutputCheckFailed, match=r"sku_list\.empty_list failed"):
        check_outputs(night)


def test_a_missing_or_mistyped_column_is_named(night: Night) -> None:
    store_outputs(night, ROWS)
    night.engine.execute("ALTER TABLE night.sku_list DROP COLUMN title")
    with pytest.raises(OutputCheckFailed, match=r"night\.sku_list .* 1 column: missing title VARCHAR"):
        check_outputs(night)
    store_outputs(night, ROWS)
    night.engine.execute("ALTER TABLE night.calibration ALTER n TYPE DOUBLE")
    with pytest.raises(OutputCheckFailed, match="n is DOUBLE, not BIGINT"):
        check_outputs(night)


def test_source_checks_see_the_day_and_say_the_same_after_later_drops(night: Night) -> None:
    store_sources(night, [order("L1", DAY), order("L2", date(2026, 11, 1))])
    assert check_sources(night)[0] == 1
    first = quality(night)
    assert {row["rows_seen"] for name, row in first.items() if name != "orders.fresh"} == {1}
    assert first["orders.fresh"] == {
        "check_name": "orders.fresh", "table_name": "orders", "result": "pass", "rows_seen": 2, "rows_failed": 0,
        "severity": "warning", "value": None, "usual": None, "lower_limit": None, "upper_limit": None,
    }  # fmt: skip
    store_sources(night, [order("L3", date(2026, 11, 22))], drop_seq=2)
    night.engine.append(
        "source.agents", pa.Table.from_pylist([complete("agents", {"agent_id": "A1"}, 2)], schema("agents"))
    )
    night.engine.execute("INSERT INTO ops.arrivals VALUES ('agents', DATE '2026-11-22', 2, 1, NULL)")
    check_sources(night)
    assert quality(night) == first


def test_a_bad_row_that_was_admitted_stops_the_night_every_time(night: Night) -> None:
    store_sources(night, [order("L1", DAY), order("L7", date(2026, 11, 1), quantity=-1)])
    for _ in range(2):
        with pytest.raises(InputRefused, match=r"check orders\.quantity_below_minimum failed .*: 1 of 1 row \(L7/"):
            check_sources(night)
    night.engine.execute("DELETE FROM source.orders WHERE order_line_id = 'L7'")
    check_sources(night)


def test_lines_that_say_nothing_of_a_rate_are_told(night: Night) -> None:
    gone: dict[str, Any] = {"status": "cancelled", "delivered_at": datetime(2026, 11, 21, 9)}
    rows = [order("L1", DAY), order("L2", DAY, unit_price=0), order("L3", DAY, **gone), order("L4", DAY, **gone)]
    store_sources(night, rows)
    asked = {"return_id": "R1", "order_line_id": "L4", "requested_at": gone["delivered_at"]}
    returned = complete("returns", asked | {"updated_at": gone["delivered_at"]})
    night.engine.append("source.returns", pa.Table.from_pylist([returned], schema("returns")))
    check_sources(night)
    told = {name: (row["result"], row["rows_failed"]) for name, row in quality(night).items()}
    assert told["orders.given_away"] == told["orders.cancelled_after_delivery"] == ("warn", 1)


def test_an_order_of_an_unknown_sku_is_found(night: Night) -> None:
    store_sources(night, [order("L1", DAY, sku_id="S404")])
    with pytest.raises(InputRefused, match=r"orders\.sku_id_unknown"):
        check_sources(night)


def test_stale_sources_are_a_warning(night: Night) -> None:
    store_sources(night, [order("L1", date(2026, 11, 19))])
    check_sources(night)
    assert quality(night)["orders.fresh"]["result"] == "warn"


def test_outputs_follow_the_source_results_and_replace_their_own(night: Night) -> None:
    store_sources(night, [order("L1", DAY)])
    store_outputs(night, ROWS)
    check_sources(night)
    for _ in range(2):
        check_outputs(night)
        tables = [row["table_name"] for row in quality(night).values()]
        assert tables[0] == "orders"
        assert len(tables) == night.engine.read("night.run_quality").num_rows


def test_a_check_that_cannot_be_computed_is_an_error_and_not_a_pass(night: Night) -> None:
    night.engine.execute("CREATE TABLE night.inventory AS SELECT 'S1' AS sku_id, DATE '2026-11-21' AS as_of_date")
    contract = replace(load_contract("inventory"), references={})
    tables = {"night.inventory": contract}
    with pytest.raises(RuntimeError, match="could not be computed"):
        failed_checks(night.engine, checked_tables(tables, {}, NOW))
    with pytest.raises(EngineError, match="sellable_units"):
        count_tables(night.engine, tables, names={}, now=NOW)


def repeated(night: Night) -> dict[str, date]:
    return {row["checked_table"]: row["repeated_on"] for row in night.engine.read(REPEATED).to_pylist()}


def test_great_expectations_repeats_what_was_counted_when_that_is_due(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def count_asked(engine: Any, tables: Any) -> set[str]:
        asked.append(len(tables))
        return failed_checks(engine, tables)

    monkeypatch.setattr(expectations, "failed_checks", count_asked)
    store_outputs(night, ROWS)
    today = date(2026, 11, 22)
    for later, times in ((0, 1), (0, 1), (6, 1), (7, 2), (13, 2)):
        check_outputs(replace(night, now=NOW + timedelta(days=later)))
        assert len(asked) == times
    assert repeated(night) == dict.fromkeys(ROWS, today + timedelta(days=7))
    check_outputs(replace(night, now=NOW))  # a clock that was put back
    assert len(asked) == 3
    every_night = Settings(quality=QualitySettings(expectations_days=0))
    check_outputs(replace(night, settings=every_night))
    assert asked == [len(ROWS)] * 4
    monkeypatch.setattr(expectations, "code_version", lambda: "another program")
    check_outputs(night)
    assert len(asked) == 5


def test_a_check_that_great_expectations_sees_otherwise_stops_the_night(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expectations, "failed_checks", lambda engine, tables: {"sku_list.unique_key"})
    store_outputs(night, ROWS)
    with pytest.raises(RuntimeError, match=r"table sku_list: .* differ in sku_list\.unique_key; nothing was published"):
        check_outputs(night)
    assert repeated(night) == {}


def test_a_fault_that_both_see_is_reported_as_a_fault(night: Night) -> None:
    store_sources(night, [order("L1", DAY, quantity=-1)])
    with pytest.raises(InputRefused, match=r"check orders\.quantity_below_minimum failed"):
        check_sources(night)
    assert repeated(night) == {"orders": date(2026, 11, 22)}


def test_data_docs_show_the_checks_and_no_words(night: Night, tmp_path: Path) -> None:
    rows = ROWS | {"sku_list": [row | {"title": "秘密词", "role": "gift"} for row in ROWS["sku_list"]]}
    store_outputs(night, rows)
    index = write_data_docs(night, tmp_path / "docs")
    pages = [path.read_text(encoding="utf-8") for path in index.parent.rglob("*.html")]
    assert index.is_file()
    assert len(pages) > len(published_contracts())
    assert not any("秘密词" in page for page in pages)
