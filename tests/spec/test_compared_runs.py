"""What two runs differ in: small runs, what changes between them, and what must be said of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support.compared_runs import FIRST, LISTED, NOT_LISTED, SECOND, run_of, sku
from xuanpin.pipelines import run_store
from xuanpin.pipelines.comparing.compare import Comparison, compare
from xuanpin.pipelines.comparing.origins import Difference
from xuanpin.pipelines.comparing.words import comparison_text
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError

Skus = list[dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def compared(home: Home, before: Skus, after: Skus, **asked: Any) -> Comparison:
    """Compare two lists, the second of the day after the first."""
    runs = run_of(home, FIRST, "aaaa1", before), run_of(home, SECOND, "bbbb2", after)
    return compare(home, *runs, **asked)


def ids(skus: Any) -> list[str]:
    return [found.sku_id for found in skus]


def test_what_comes_goes_and_moves_is_told_in_the_order_of_the_list(home: Home) -> None:
    before = [sku("S1", 1), sku("S2", 2), sku("S3", 3), sku("S4", 4), sku("S5"), sku("S9")]
    after = [sku("S1", 1), sku("S3", 2), sku("S5", 3), sku("S4", 4, "pinned"), sku("S2"), sku("S9"), sku("S8", 5)]
    found = compared(home, before, after)
    assert ids(found.entering) == ["S5", "S8"]
    assert ids(found.leaving) == ["S2"]
    assert ids(found.moved) == ["S3", "S4"]
    assert ids(found.changed) == []
    assert found.entering[1].before is None
    (gone,) = found.leaving
    assert gone.before is not None and gone.after is not None
    assert (gone.before["list_rank"], gone.before["reasons"]) == (2, [LISTED])
    assert (gone.after["list_rank"], gone.after["role"], gone.after["reasons"]) == (None, None, [NOT_LISTED])


def test_a_sku_at_its_place_whose_measures_or_reasons_differ_has_changed(home: Home) -> None:
    before = [sku("S1", 1), sku("S2", 2), sku("S3", 3)]
    after = [sku("S1", 1), sku("S2", 2, evidence_orders=21), sku("S3", 3, reasons=["listed_core:score=0.6000"])]
    found = compared(home, before, after)
    assert found.is_same_list
    assert ids(found.changed) == ["S2", "S3"]


def test_each_measure_says_how_many_rose_and_fell_and_who_changed_most(home: Home) -> None:
    before = [sku(f"S{place}", place, return_rate=0.1) for place in range(1, 9)]
    changes = {"S1": 0.1, "S2": 0.11, "S3": 0.4, "S4": 0.08, "S5": 0.101, "S6": 0.13, "S7": 0.05, "S8": 0.12}
    after = [sku(f"S{place}", place, return_rate=changes[f"S{place}"]) for place in range(1, 9)]
    (shift,) = compared(home, before, [*after, sku("S99")]).shifts
    assert (shift["measure"], shift["skus"], shift["rose"], shift["fell"]) == ("return_rate", 8, 5, 2)
    assert shift["mean_before"] == pytest.approx(0.1)
    assert shift["mean_after"] == pytest.approx(sum(changes.values()) / 8)
    assert [one["sku_id"] for one in shift["largest"]] == ["S3", "S7", "S6", "S4", "S8"]
    assert shift["largest"][0] == {"sku_id": "S3", "title": "title of S3", "value_before": 0.1, "value_after": 0.4}


def test_codes_then_and_now_are_counted_over_all_candidates(home: Home) -> None:
    before = [sku("S1", 1), sku("S2"), sku("S3"), sku("S4"), sku("S5")]
    over: dict[str, Any] = {"decision_code": "over_landmine_cap", "reasons": ["out_of_stock"]}
    after = [sku("S1", 1), sku("S2", **over), sku("S3", **over), sku("S4"), sku("S6")]
    found = compared(home, before, after, with_others=True)
    assert [tuple(row.values()) for row in found.decisions] == [
        ("low_value", "over_landmine_cap", 2),
        (None, "low_value", 1),
        ("low_value", None, 1),
    ]
    assert ids(found.others) == ["S2", "S3", "S5", "S6"]
    assert compare(home, run_store.require_run(home, FIRST), run_store.require_run(home, SECOND)).others == ()


def test_matches_are_counted_as_pairs_and_told_for_the_agent_who_is_asked_for(home: Home) -> None:
    skus = [sku("S1", 1), sku("S2", 2), sku("S3", 3)]
    before = [("A1", "S1", 1), ("A1", "S2", 2), ("A2", "S1", 1), ("A3", "S3", 1)]
    after = [("A1", "S2", 1), ("A1", "S3", 2), ("A2", "S1", 1), ("A4", "S1", 1)]
    runs = run_of(home, FIRST, "aaaa1", skus, before), run_of(home, SECOND, "bbbb2", skus, after)
    found = compare(home, *runs, "a1")
    assert found.matches == {
        "matches_before": 4, "matches_after": 4, "came": 2, "went": 2, "moved": 1, "agents": 4, "agents_changed": 3,
    }  # fmt: skip
    assert found.agent is not None
    told = [(row["sku_id"], row["match_rank_before"], row["match_rank_after"]) for row in found.agent.moved]
    assert (found.agent.agent_id, told) == ("A1", [("S2", 2, 1)])
    assert [[row["sku_id"] for row in rows] for rows in (found.agent.entering, found.agent.leaving)] == [["S3"], ["S1"]]
    with pytest.raises(UsageError, match="did you mean A1"):
        compare(home, *runs, "A11")


def test_the_number_of_agents_is_a_measure_of_listed_skus_alone(home: Home) -> None:
    both = [sku("S1", 1), sku("S2", 2)]
    given, now = [("A1", "S1", 1), ("A1", "S4", 2)], [("A1", "S2", 1), ("A2", "S2", 1), ("A2", "S3", 2)]
    runs = (
        run_of(home, FIRST, "aaaa1", [*both, sku("S3"), sku("S4", 3)], given),
        run_of(home, SECOND, "bbbb2", [*both, sku("S3", 3), sku("S4")], now),
    )
    (shift,) = compare(home, *runs).shifts
    largest = [(one["sku_id"], one["value_before"], one["value_after"]) for one in shift["largest"]]
    assert (shift["measure"], shift["skus"], largest) == ("agents", 2, [("S2", 0, 2), ("S1", 1, 0)])


def test_settings_origins_checks_and_alarms_that_differ_are_named(home: Home) -> None:
    check = {"check_name": "stock", "table_name": "sku_list", "severity": "critical", "rows_seen": 5}
    alarm = {"level": "sku", "metric": "regret", "severity": "warning"}
    mark = {"known_on": "2026-11-20", "row_versions": 10}
    made = {"code_version": "c" * 64, "model_versions": ["sentiment/v1"], "source_watermarks": {"orders": mark}}
    runs = (
        run_of(
            home, FIRST, "aaaa1", [sku("S1", 1)],
            manifest=made | {"settings": {"scoring": {"landmine_cap": 0.3, "horizon": 90}}},
            run_quality=[check | {"result": "pass", "rows_failed": 0}], alarms=[alarm | {"entity_id": "S1"}],
        ),
        run_of(
            home, SECOND, "bbbb2", [sku("S1", 1)],
            manifest=made | {"settings": {"scoring": {"landmine_cap": 0.2, "horizon": 90}, "brakes": {"matches": 0.5}},
                             "model_versions": ["sentiment/v2"],
                             "source_watermarks": {"orders": mark | {"row_versions": 12}}},
            run_quality=[check | {"result": "fail", "rows_failed": 3}], alarms=[alarm | {"entity_id": "S2"}],
        ),
    )  # fmt: skip
    found = compare(home, *runs)
    assert found.settings == (
        Difference("brakes.matches", None, 0.5),
        Difference("scoring.landmine_cap", 0.3, 0.2),
    )
    assert [difference.key for difference in found.origins] == ["model.sentiment", "source.orders"]
    assert [(row["check_name"], row["result_before"], row["result_after"]) for row in found.checks] == [
        ("stock", "pass", "fail")
    ]
    assert [(row["entity_id"], row["is_new"]) for row in found.alarms] == [("S1", False), ("S2", True)]
    text = comparison_text(found, "en")
    assert "scoring.landmine_cap: 0.3 → 0.2" in text
    assert "stock of sku_list: pass → fail (3)" in text
    assert "source orders: 10 rows up to 2026-11-20 → 12 rows up to 2026-11-20" in text


def test_runs_of_an_earlier_release_are_compared_in_what_both_say(home: Home) -> None:
    runs = run_of(home, FIRST, "aaaa1", [sku("S1", 1)]), run_of(home, SECOND, "bbbb2", [sku("S1", 1)])
    path = run_store.run_folder(home, runs[0]) / "sku_scorecard.parquet"
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["doubt_count", "satisfaction_upper"]), path)
    found = compare(home, *runs)
    assert not found.tells_settings and found.settings == ()
    assert "does not tell its settings" in comparison_text(found, "en")
    assert "旧版本" in comparison_text(found, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_run_beside_itself_differs_in_nothing_and_the_text_says_so(home: Home, language: Any) -> None:
    run = run_of(home, FIRST, "aaaa1", [sku("S1", 1), sku("S2")], [("A1", "S1", 1)], {"settings": {"a": {"b": 1}}})
    found = compare(home, run, run)
    assert asdict(found.before) == asdict(found.after)
    assert len(comparison_text(found, language).splitlines()) == 2
    said = {"zh": "没有任何不同", "en": "do not differ"}[language]
    assert said in comparison_text(found, language)


def test_texts_name_ten_and_count_the_rest(home: Home) -> None:
    before = [sku(f"S{place:02d}", place) for place in range(1, 14)]
    after = [sku(f"T{place:02d}", place) for place in range(1, 14)]
    lines = comparison_text(compared(home, before, after), "en").splitlines()
    assert "In (13):" in lines
    assert lines.count("  and 3 more; --json lists all") == 2
    assert "  T10 title of T10: rank 10 as core; before: no candidate" in lines
    assert not any("T11" in line for line in lines)
