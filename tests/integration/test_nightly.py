"""The night keeps its promises about time: it sees nothing later, gives the same bytes, and reads no commission."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY, add_drop, rewrite_products
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)


@pytest.fixture
def sources(platform: Platform, tmp_path: Path) -> Path:
    """A private copy of the drops, to add to."""
    return shutil.copytree(platform.sources, tmp_path / "sources")


def test_the_same_inputs_give_the_same_bytes_in_another_home(
    platform: Platform, first_night: Home, fingerprint: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    again = platform.night(tmp_path / "home")
    assert run_store.require_run(again).run_id == run_store.require_run(first_night).run_id
    assert fingerprint(again, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_running_a_date_again_changes_nothing(
    platform: Platform, fingerprint: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    home = platform.night(tmp_path / "home")
    before, current = fingerprint(home, LIST_DATE), run_store.require_run(home)
    platform.night(tmp_path / "home")
    assert run_store.require_run(home) == current
    assert fingerprint(home, LIST_DATE) == before


def test_an_old_date_run_after_newer_data_gives_what_that_night_gave(
    published: Home, platform: Platform, fingerprint: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    home = shutil.copytree(published.root, tmp_path / "home")
    again = platform.night(home, LAST_DAY - timedelta(days=1))
    assert fingerprint(again, LAST_DAY) == fingerprint(published, LAST_DAY)
    assert run_store.require_run(again).list_date == LIST_DATE.isoformat(), "the latest list stays current"


def test_what_happens_after_the_as_of_date_has_no_effect(
    platform: Platform, first_night: Home, fingerprint: Callable[..., dict[str, str]], sources: Path, tmp_path: Path
) -> None:
    late = LAST_DAY + timedelta(days=1)
    add_drop(sources, "orders", late, hour=1, status="delivered")
    add_drop(sources, "returns", late, hour=1, reason_code="quality")
    add_drop(sources, "chat_messages", late, hour=1, text="坏了，再也不买了")
    home = platform.night(tmp_path / "home", sources=sources)
    assert run_store.require_run(home).run_id == run_store.require_run(first_night).run_id
    assert fingerprint(home, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_commission_has_no_part_in_anything(
    platform: Platform, first_night: Home, fingerprint: Callable[..., dict[str, str]], sources: Path, tmp_path: Path
) -> None:
    rewrite_products(sources, lambda table: table["commission_rate"].take(pa.array(range(table.num_rows - 1, -1, -1))))
    home = platform.night(tmp_path / "home", sources=sources)
    assert run_store.require_run(home).run_id == run_store.require_run(first_night).run_id
    assert fingerprint(home, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_a_complaint_sent_at_eleven_in_the_evening_changes_the_run(
    platform: Platform, first_night: Home, sources: Path, tmp_path: Path
) -> None:
    add_drop(sources, "chat_messages", LAST_DAY, text="收到就坏了，质量太差，要求退款", hour=23)
    home = platform.night(tmp_path / "home", sources=sources)
    assert run_store.require_run(home).run_id != run_store.require_run(first_night).run_id
    before = run_store.read_table(first_night, run_store.require_run(first_night), "feedback_mentions")
    after = run_store.read_table(home, run_store.require_run(home), "feedback_mentions")
    assert after.num_rows == before.num_rows + 1


def test_the_list_keeps_its_rules(published: Home) -> None:
    run = run_store.require_run(published)
    listed = run_store.read_table(published, run, "sku_list").to_pandas()
    matches = run_store.read_table(published, run, "agent_matches").to_pandas()
    assert len(listed) > 0
    assert listed["list_rank"].tolist() == list(range(1, len(listed) + 1)) or set(listed["list_rank"]) == set(
        range(1, len(listed) + 1)
    )
    # Twenty days of history promise nothing: the list is then as short as settings let it be, and of the safest.
    assert (set(listed["can_promise"]), len(listed)) == ({False}, Settings().assortment.list_floor)
    assert set(matches["sku_id"]) <= set(listed["sku_id"])
    reserved = matches.groupby("sku_id")["units_reserved"].sum()
    stock = listed.set_index("sku_id")["sellable_units"]
    assert (reserved <= stock.loc[reserved.index]).all()


def test_readers_find_the_same_rows_in_parquet_and_in_the_database(published: Home) -> None:
    import duckdb

    run = run_store.require_run(published)
    with duckdb.connect(str(published.published / "published.duckdb"), read_only=True) as database:
        dates = database.execute("select distinct list_date from sku_list order by 1").fetchall()
        rows = database.execute("select * from sku_list where run_id = ?", [run.run_id]).to_arrow_table()
    assert [str(day) for (day,) in dates] == [other.list_date for other in run_store.current_runs(published)]
    assert rows is not None
    assert rows.num_rows == pq.read_metadata(run_store.run_folder(published, run) / "sku_list.parquet").num_rows
