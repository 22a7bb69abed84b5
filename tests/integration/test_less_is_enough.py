"""Less is enough: nights on subsets of the sources end with a list that says what is missing and what that costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.explain import status_facts, status_text
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.missing.prices import price_of
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

SOURCES = Path(__file__).parents[1] / "golden" / "sources"
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
STAND_INS = {
    "products": "orders",
    "inventory": "orders",
    "agents": "orders",
    "groups": "orders",
    "returns": "nothing",
    "chat_messages": "nothing",
}


def settings(*missing: str, **tables: dict[str, Any]) -> Settings:
    lacking = {table: {"stand_in": STAND_INS[table]} for table in missing}
    return Settings.model_validate({"sources": {"tables": lacking | tables}, "quality": {"expectations_days": 3_650}})


def sources(folder: Path, *missing: str) -> Path:
    for table in ("orders", *(table for table in STAND_INS if table not in missing)):
        shutil.copytree(SOURCES / table, folder / table)
    return folder


def night(home: Path, drops: Path, chosen: Settings, day: date = DAY) -> Home:
    run_night(RunRequest(day, Home(home), drops, chosen, NOW, is_stale_allowed=True))
    return Home(home)


def manifest(home: Home) -> dict[str, Any]:
    return run_store.manifest(home, run_store.require_run(home, None))


def rows(home: Home, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_store.read_table(home, run_store.require_run(home, None), table).to_pylist()
    return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose one night knew orders alone."""
    folder = tmp_path_factory.mktemp("bare")
    yield night(folder / "home", sources(folder / "sources", *STAND_INS), settings(*STAND_INS))


@pytest.mark.parametrize(
    "missing",
    [
        ("returns",),
        ("inventory", "agents", "groups", "chat_messages"),
    ],
    ids="-".join,
)
def test_a_night_without_some_sources_ends_with_a_list_that_names_them(
    tmp_path: Path, missing: tuple[str, ...]
) -> None:
    home = night(tmp_path / "home", sources(tmp_path / "sources", *missing), settings(*missing))
    said = manifest(home)
    assert set(said["missing_sources"]) == set(missing)
    assert rows(home, "sku_list") and rows(home, "agent_matches")
    assert said["can_promise"] is False
    assert ("no_promise_no_returns" in said["promise_reasons"]) == ("returns" in missing)
    assert {row["result"] for row in rows(home, "run_quality") if row["table_name"] in missing} <= {"pass"}


def test_orders_alone_give_a_list_and_say_what_it_cannot_know(bare: Home) -> None:
    listed = rows(bare, "sku_list")
    assert {row["sku_id"] for row in listed} == {"S1", "S2", "S3", "S4", "S5", "S6", "S7"}
    assert {row["title"] for row in listed} == {row["sku_id"] for row in listed}
    assert {row["list_price"] for row in listed if row["sku_id"] == "S3"} == {59}
    assert {row["agent_id"] for row in rows(bare, "agent_matches")} == {"A1", "A2"}
    assert {row["return_rate"] for row in listed} == {0.1}
    assert set(manifest(bare)["missing_sources"]) == set(STAND_INS)


def test_without_returns_and_chat_no_sku_is_taken_for_better_than_another(bare: Home) -> None:
    judged = ("return_rate", "regret_rate", "landmine_probability", "satisfaction")
    assert len({tuple(row[name] for name in judged) for row in rows(bare, "sku_scorecard")}) == 1


def test_the_report_the_workbook_and_status_name_every_price(bare: Home) -> None:
    run = run_store.require_run(bare, None)
    page = (run_store.run_folder(bare, run) / "report.html").read_text(encoding="utf-8")
    facts = status_facts(bare, None, settings(*STAND_INS))
    text, review = str(status_text(facts)), str(review_summary(bare))
    for name in ("returns_and_chat_messages", "agents", "groups", "inventory", "products"):
        assert price_of(name) in text and price_of(name) in review
        assert price_of(name).chinese in page
    assert facts["differs_now"] is False
    assert page.index('id="missing"') < page.index('id="verdict"')


def test_a_stand_in_is_read_once_and_the_same_night_again_gives_the_same_bytes(bare: Home, tmp_path: Path) -> None:
    before = manifest(bare)["files"]
    again = Home(shutil.copytree(bare.root, tmp_path / "home"))
    drops = sources(tmp_path / "sources", *STAND_INS)
    night(again.root, drops, settings(*STAND_INS))
    assert manifest(again)["files"] == before
    with duckdb.connect(str(again.warehouse), read_only=True) as opened:
        counts = opened.sql("select count(*), count(distinct agent_id) from source.agents").fetchall()
    assert counts == [(2, 2)]


def test_the_tables_own_rows_replace_what_was_derived(bare: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(bare.root, tmp_path / "home"))
    drops = sources(tmp_path / "sources", "inventory", "groups", "returns", "chat_messages")
    without_agents = tuple(table for table in STAND_INS if table not in ("products", "agents"))
    night(home.root, drops, settings(*without_agents))
    assert "products" not in manifest(home)["missing_sources"]
    assert {row["title"] for row in rows(home, "sku_list") if row["sku_id"] == "S2"} <= {"禾小作 婴儿湿巾 带盖"}
    assert {row["slots_asked"] for row in rows(home, "agent_summary")} == {4}


def test_a_stand_in_beside_the_tables_own_files_is_refused_and_keeps_nothing(tmp_path: Path) -> None:
    drops = sources(tmp_path / "sources", "returns")
    with pytest.raises(InputRefused, match="take stand_in out, and the table's own rows replace"):
        night(tmp_path / "home", drops, settings("agents", "returns"))
    assert list((tmp_path / "home" / "published").glob("list_date=*/run=*")) == []
