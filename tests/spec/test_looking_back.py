"""What many nights say of one SKU, one supplier and one group: small runs of several days, and what must be told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.compared_runs import run_of, sku
from tests.support.tiny_runs import publish, seal
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.comments import store_comment
from xuanpin.pipelines.looking_back.decisions import decisions_on, remarks_on
from xuanpin.pipelines.looking_back.group import group_life
from xuanpin.pipelines.looking_back.nights import recorded_night, seen_nights
from xuanpin.pipelines.looking_back.quotes import quotes_on
from xuanpin.pipelines.looking_back.records import BY_DAY, BY_WEEK, OF_LISTS, RECORDS
from xuanpin.pipelines.looking_back.sku import SkuLife, find_sku, sku_life
from xuanpin.pipelines.looking_back.supplier import supplier_life
from xuanpin.pipelines.run_store.sealing import RESERVES

D = date(2026, 11, 22)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def days_before(days: int) -> date:
    return D - timedelta(days=days)


def life(home: Home, sku_id: str) -> SkuLife:
    found = sku_life(home, seen_nights(home), sku_id)
    assert found is not None
    return found


def leave(home: Home, run: run_store.CurrentRun, name: str, rows: list[dict[str, Any]], folder: str = RECORDS) -> None:
    """Leave rows beside a run, as its night does."""
    path = run_store.run_folder(home, run) / folder / f"{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_of_each_list_date_the_run_that_waits_is_seen_before_the_one_that_is_shown(home: Home) -> None:
    publish(home, days_before(1), "aaaa1")
    publish(home, D, "bbbb2", "fallback")
    run_store.await_review(home, seal(home, D, "cccc3", "held"))
    assert [run.run_id for run in seen_nights(home)] == ["cccc3", "aaaa1"]


def test_a_life_has_a_row_a_night_on_which_the_sku_was_a_candidate_the_newest_first(home: Home) -> None:
    run_of(home, days_before(3), "aaaa1", [sku("S1", 4, return_rate=0.2), sku("S2")])
    run_of(home, days_before(2), "bbbb2", [sku("S2", 1)])
    run_of(home, days_before(1), "cccc3", [sku("S1", return_rate=0.3), sku("S2", 1)])
    nights = life(home, "S1").nights
    assert [(row["list_date"], row["return_rate"], row["list_rank"], row["role"]) for row in nights] == [
        (days_before(1), 0.3, None, None),
        (days_before(3), 0.2, 4, "core"),
    ]
    assert sku_life(home, seen_nights(home), "S9") is None


def test_a_column_of_a_later_release_is_empty_in_nights_before_it(home: Home) -> None:
    old = run_of(home, days_before(2), "aaaa1", [sku("S1", 1)], [("A1", "S1", 1)])
    run_of(home, days_before(1), "bbbb2", [sku("S1", 1, satisfaction_lower=0.8)], [("A1", "S1", 1)])
    path = run_store.run_folder(home, old) / "sku_scorecard.parquet"
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["satisfaction_lower"]), path)
    assert [row["satisfaction_lower"] for row in life(home, "S1").nights] == [0.8, None]
    path = run_store.run_folder(home, seen_nights(home)[0]) / "agent_matches.parquet"
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["acceptance"]), path)
    run_of(home, D, "cccc3", [sku("S1", 1)], [("A2", "S1", 1)])
    assert [row["acceptance"] for row in life(home, "S1").given] == [None]


def test_who_was_given_the_sku_is_told_of_the_last_listed_day_and_counted_on_the_days_before(home: Home) -> None:
    run_of(home, days_before(3), "aaaa1", [sku("S1", 1)], [("A1", "S1", 2)])
    run_of(home, days_before(2), "bbbb2", [sku("S1", 1)], [("A2", "S1", 2), ("A1", "S1", 1), ("A3", "S1", 2)])
    run_of(home, days_before(1), "cccc3", [sku("S1")])
    found = life(home, "S1")
    assert (found.given_on, found.given_count) == ("2026-11-20", 3)
    assert [row["agent_id"] for row in found.given] == ["A1", "A2", "A3"]
    assert found.given_by_night == {"2026-11-20": 3, "2026-11-19": 1}


def test_outcomes_come_from_the_newest_night_that_left_them(home: Home) -> None:
    old, new = (run_of(home, days_before(days), f"aaaa{days}", [sku("S1", 1)]) for days in (3, 2))
    run_of(home, days_before(1), "cccc3", [sku("S1", 1)])
    for run, lines in ((old, 9), (new, 5)):
        leave(home, run, BY_WEEK, [{"sku_id": "S1", "weeks_ago": 0, "delivered_lines": lines}])
        leave(home, run, BY_DAY, [{"sku_id": "S2", "list_date": D}, {"sku_id": "S1", "list_date": days_before(9)}])
        leave(home, run, OF_LISTS, [{"list_date": D}])
        path = run_store.run_folder(home, run) / run_store.MANIFEST
        run_store.replace_json(path, run_store.manifest(home, run) | {"as_of_date": run.as_of_date})
    found = life(home, "S1")
    assert [row["delivered_lines"] for row in found.weeks] == [5]
    assert [row["list_date"] for row in found.predictions] == [days_before(9)]
    assert found.recorded_on == new.as_of_date


def test_a_recalled_list_has_the_records_of_its_night(home: Home) -> None:
    night = run_of(home, D, "aaaa1", [sku("S1", 1)], manifest={"as_of_date": "2026-11-21"})
    leave(home, night, BY_WEEK, [{"sku_id": "S1", "weeks_ago": 0, "delivered_lines": 4}])
    leave(home, night, BY_DAY, [{"sku_id": "S1", "list_date": days_before(2)}])
    leave(home, night, OF_LISTS, [{"list_date": days_before(2)}])
    base = {"run_dir": night.run_dir, "run_id": night.run_id, "list_date": night.list_date}
    run_of(home, D, "bbbb2", [sku("S1", 1)], manifest={"derived_from": base})
    assert [row["delivered_lines"] for row in life(home, "S1").weeks] == [4]
    run_of(home, D + timedelta(days=1), "cccc3", [sku("S1", 1)], manifest={"derived_from": base})
    assert recorded_night(home, seen_nights(home)[:1]) is None


@pytest.mark.parametrize(("typed", "found"), [("S1", "S1"), (" s1", "S1"), ("s7", None), ("../S1", None)])
def test_a_sku_is_found_however_it_is_typed(home: Home, typed: str, found: str | None) -> None:
    run_of(home, days_before(2), "aaaa1", [sku("S7", 1)])
    run_of(home, days_before(1), "bbbb2", [sku("S1", 1)])
    assert find_sku(home, seen_nights(home), typed) == found
    assert find_sku(home, (), typed) is None


PAGE = (
    '<blockquote lang="zh-CN" data-sku="S&amp;1" data-message="m1">收到，&lt;b&gt;坏了</blockquote>'
    '<blockquote lang="zh-CN" data-sku="S2" data-message="m2">不错</blockquote>'
    '<blockquote lang="zh-CN" data-message="m3">旧版</blockquote>'
)


def test_quotes_are_those_of_reports_each_once_and_gone_when_they_are_erased(home: Home) -> None:
    first, second = (run_of(home, days_before(days), f"aaaa{days}", [sku("S1", 1)]) for days in (2, 1))
    pages = [run_store.run_folder(home, run) / "report.html" for run in (first, second)]
    pages[0].write_text(PAGE, encoding="utf-8")
    pages[1].write_text(PAGE.replace('"m2"', '"m4"').replace("不错", "也不错"), encoding="utf-8")
    nights = seen_nights(home)
    assert quotes_on(home, nights, "S&1") == (("收到，<b>坏了", "2026-11-20"),)
    assert [quote.text for quote in quotes_on(home, nights, "S2")] == ["也不错", "不错"]
    pages[0].write_text(PAGE.replace("不错", "…"), encoding="utf-8")
    assert [quote.text for quote in quotes_on(home, nights, "S2")] == ["也不错"]
    assert quotes_on(home, nights, "S3") == ()


def test_decisions_and_comments_are_told_from_the_home_and_those_of_a_drop_from_the_newest_notes(
    home: Home,
) -> None:
    run = run_of(home, days_before(1), "aaaa1", [sku("S1", 1)])
    (home.root / "overrides").mkdir()
    header = "override_id,sku_id,action,starts_on,ends_on,reason,author,approved_by,created_at"
    rows = [
        "M1,S1,pin,2026-11-22,,试推,小陈,老李,2026-11-21T09:00:00+08:00",
        "M2,S2,ban,2026-11-22,,别的,小陈,,2026-11-21T09:00:00+08:00",
    ]
    (home.overrides / "a.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    common = {"title": None, "approved_by": None, "state": "ended", "list_rank": None, "refusal_code": None}
    dates = {"starts_on": "2026-11-01", "ends_on": "2026-11-03"}
    noted = [
        common | dates | {"override_id": name, "sku_id": "S1", "action": "ban", "reason": "来自平台", "author": "平台"}
        for name in ("M1", "P7")
    ]
    notes = {"findings": [], "quarantine": [], "overrides": noted}
    run_store.replace_json(run_store.run_folder(home, run) / "notes.json", notes)
    found = decisions_on(home, seen_nights(home), "S1")
    assert [(one.action, one.starts_on, one.ends_on, one.reason, one.approved_by) for one in found] == [
        ("pin", D, None, "试推", "老李"),
        ("ban", date(2026, 11, 1), date(2026, 11, 3), "来自平台", None),
    ]
    assert remarks_on(home, "S1") == []
    store_comment(home, run, "S1", "包装换了", "小陈", datetime(2026, 11, 21, 9, 30, tzinfo=BEIJING))
    assert [(one.text, one.by, one.list_date) for one in remarks_on(home, "S1")] == [("包装换了", "小陈", "2026-11-21")]


def test_a_supplier_has_its_listed_skus_first_its_share_of_each_list_and_its_alarms(home: Home) -> None:
    alarm = {"metric": "regret", "severity": "warning", "evidence": "observed=2"}
    raised = [alarm | {"level": "supplier", "entity_id": "P1"}, alarm | {"level": "supplier", "entity_id": "P2"}]
    raised += [alarm | {"level": "sku", "entity_id": name} for name in ("S2", "S4")]
    run_of(home, days_before(2), "aaaa1", [sku("S1", 1), sku("S4", 2, supplier_id="P2")], alarms=raised)
    risky = sku("S2", landmine_probability=0.4)
    run_of(home, days_before(1), "bbbb2", [sku("S1"), risky, sku("S3", 1), sku("S4", supplier_id="P2")], alarms=raised)
    found = supplier_life(home, seen_nights(home), "P1")
    assert found is not None
    assert [(row["sku_id"], row["list_rank"]) for row in found.skus] == [("S3", 1), ("S2", None), ("S1", None)]
    assert found.places == [
        {"list_date": "2026-11-21", "own": 1, "listed": 1},
        {"list_date": "2026-11-20", "own": 1, "listed": 2},
    ]
    assert ([row["entity_id"] for row in found.alarms], found.listed) == (["P1", "P1"], 1)
    assert [row["entity_id"] for row in found.alarmed_skus] == ["S2"]
    assert supplier_life(home, seen_nights(home), "P9") is None


def test_a_group_gets_what_its_agent_gets_and_is_told_by_counts(home: Home) -> None:
    said: list[dict[str, Any]] = [
        {"kind": "feedback", "sku_id": "S1", "satisfaction": 0.9, "sent_on": days_before(3)},
        {"kind": "feedback", "sku_id": "S1", "satisfaction": 0.2, "sent_on": days_before(2)},
        {"kind": "feedback", "sku_id": "S1", "satisfaction": 0.5, "sent_on": days_before(5)},
        {"kind": "feedback", "sku_id": None, "satisfaction": 0.9, "sent_on": days_before(2)},
        {"kind": "question", "sku_id": "S2", "satisfaction": None, "sent_on": days_before(2)},
    ]
    other: dict[str, Any] = {
        "group_id": "G2",
        "kind": "feedback",
        "sku_id": "S2",
        "satisfaction": 0.1,
        "sent_on": days_before(2),
    }
    mentions = [*({"group_id": "G1", **row} for row in said), other]
    matches = [("A1", "S2", 2), ("A1", "S1", 1), ("A2", "S2", 1)]
    run = run_of(home, D, "aaaa1", [sku("S1", 1), sku("S2", 2)], matches, feedback_mentions=mentions)
    groups: list[dict[str, Any]] = [
        {"group_id": "G1", "agent_id": "A1", "member_count": 7},
        {"group_id": "G3", "agent_id": "A2"},
    ]
    leave(home, run, "reserve_groups", groups, RESERVES)
    found = group_life(home, "G1")
    assert found is not None
    assert (found.agent_id, found.member_count, found.kinds) == ("A1", 7, {"feedback": 4, "question": 1})
    assert found.spoken == [
        {"sku_id": "S1", "messages": 3, "content": 1, "cross": 1, "last_on": days_before(2), "title": "title of S1"}
    ]
    assert [row["sku_id"] for row in found.matches] == ["S1", "S2"]
    silent, gone = group_life(home, "G3"), group_life(home, "G2")
    assert silent is not None and silent.kinds == {}
    assert gone is not None and gone.agent_id is None and gone.matches == []
    assert group_life(home, "G9") is None
