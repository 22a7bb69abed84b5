"""What a night remembers of earlier lists: the current run of each, for as many days as it is good for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support.night_tables import rows_of
from tests.support.tiny_runs import publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.history.load_history import load_history, short_nights_before
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.run_store import CurrentRun
from xuanpin.pipelines.settings import Settings

AS_OF = date(2026, 11, 21)
LIST_DATE = date(2026, 11, 22)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path))
    yield Night(engine, Settings(), Home(tmp_path), AS_OF, None, datetime(2026, 11, 22, tzinfo=UTC))
    engine.close()


def ago(days: int) -> date:
    return LIST_DATE - timedelta(days=days)


def show(night: Night, days_ago: int, run_id: str, sku: str) -> CurrentRun:
    """Publish a list of one SKU, its scorecard and a match of it."""
    row = {"sku_id": sku}
    tables: dict[str, Any] = {
        "sku_list": [row | {"list_rank": 1}],
        "sku_scorecard": [row | {"decision": "listed"}],
        "agent_matches": [row | {"agent_id": "A1", "units_reserved": 1}],
    }
    return publish(night.home, ago(days_ago), run_id, **tables)


def remembered(night: Night, table: str = "listed") -> list[Any]:
    load_history(night)
    return [(day, sku) for day, sku in rows_of(night.engine, f"history.{table}", "list_date", "sku_id")]


def test_lists_before_this_one_are_remembered_and_this_one_is_not(night: Night) -> None:
    for days_ago, sku in ((0, "TONIGHT"), (1, "LAST"), (-1, "LATER")):
        show(night, days_ago, f"r{days_ago}", sku)
    assert remembered(night) == [(ago(1), "LAST")]


@pytest.mark.parametrize(("table", "days"), [("listed", 60), ("matched", 28), ("predictions", 75)])
def test_each_table_goes_back_as_far_as_it_is_good_for(night: Night, table: str, days: int) -> None:
    for days_ago in (days, days + 1):
        show(night, days_ago, f"r{days_ago}", f"S{days_ago}")
    assert remembered(night, table) == [(ago(days), f"S{days}")]


def test_a_list_that_was_replaced_is_read_again(night: Night) -> None:
    show(night, 1, "first", "RECALLED")
    assert remembered(night) == [(ago(1), "RECALLED")]
    show(night, 1, "second", "STEPPED_IN")
    assert remembered(night) == [(ago(1), "STEPPED_IN")]


def test_what_is_remembered_already_is_not_read_twice(night: Night) -> None:
    show(night, 2, "a", "S1")
    assert load_history(night) == (3, 3)
    show(night, 1, "b", "S2")
    assert load_history(night) == (3, 3)
    assert remembered(night) == [(ago(2), "S1"), (ago(1), "S2")]


def short_for(night: Night, days_ago: int, nights: int) -> CurrentRun:
    """Publish a list for which A1 has got few matches for so many list dates running."""
    row = {"agent_id": "A1", "nights_short": nights}
    return publish(night.home, ago(days_ago), f"r{days_ago}", agent_summary=[row])


def test_how_long_agents_have_got_few_matches_is_remembered_for_a_week(night: Night) -> None:
    for days_ago in (8, 7, 3):
        short_for(night, days_ago, days_ago)
    load_history(night)
    assert rows_of(night.engine, "history.short_nights", "list_date", "agent_id", "nights_short") == [
        (ago(7), "A1", 7),
        (ago(3), "A1", 3),
    ]


@pytest.mark.parametrize(("days_ago", "told"), [((7, 2, 0), [2]), ((7,), [7]), ((8,), []), ((), [])])
def test_a_run_without_the_warehouse_is_told_of_the_newest_list_before_its_own(
    night: Night, days_ago: tuple[int, ...], told: list[int]
) -> None:
    for days in days_ago:
        short_for(night, days, days)
    assert short_nights_before(night.home, LIST_DATE)["nights_short"].to_pylist() == told


def test_a_summary_of_an_earlier_release_tells_of_no_short_nights(night: Night) -> None:
    path = run_store.run_folder(night.home, short_for(night, 1, 2)) / "agent_summary.parquet"
    pq.write_table(pq.read_table(path).drop_columns("nights_short"), path)
    load_history(night)
    assert rows_of(night.engine, "history.short_nights") == []
    assert short_nights_before(night.home, LIST_DATE).num_rows == 0
