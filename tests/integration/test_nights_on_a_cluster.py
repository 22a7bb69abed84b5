"""Whole nights on a cluster publish what they publish on one machine, and what is erased there is gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import LAST_DAY, NOW, Platform
from tests.support.cluster import sail_address
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.retention.erasure import forget
from xuanpin.pipelines.retention.retention import tidy
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings

pytestmark = pytest.mark.whole
LIST_DATE = LAST_DAY + timedelta(days=1)


def asked(home: Home, as_of: date, sources: Path | None, now: datetime = NOW, driver_rows: int = 0) -> RunRequest:
    """A night on Sail, all that a cluster makes staying there unless it has few rows; the lake is beside the home."""
    lake = str(home.root.parent / "lake")
    engine = EngineSettings(kind="spark", address=sail_address(), lake=lake, driver_rows=driver_rows)
    return RunRequest(as_of, home, sources, Settings(engine=engine), now)


@pytest.fixture(scope="module")
def clustered(platform: Platform, night_before: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that had its first nights on one machine, and the last on Sail; tests only read it."""
    home = Home(shutil.copytree(night_before.root, tmp_path_factory.mktemp("clustered") / "home"))
    run_night(asked(home, LAST_DAY, platform.sources))
    return home


@pytest.fixture
def own(clustered: Home, tmp_path: Path) -> Home:
    """A copy of the home with a copy of its lake."""
    shutil.copytree(clustered.root.parent / "lake", tmp_path / "lake")
    return Home(shutil.copytree(clustered.root, tmp_path / "home"))


def test_a_home_that_gets_a_cluster_goes_on_as_before(
    clustered: Home, published: Home, fingerprint: Callable[[Home, date], dict[str, str]]
) -> None:
    assert fingerprint(clustered, LIST_DATE) == fingerprint(published, LIST_DATE)


def test_a_home_that_begins_on_a_cluster_publishes_the_same_with_all_that_has_few_rows_at_hand(
    first_night: Home, platform: Platform, tmp_path: Path, fingerprint: Callable[[Home, date], dict[str, str]]
) -> None:
    home = Home(tmp_path / "home")
    run_night(asked(home, LAST_DAY, platform.sources, driver_rows=1_000_000))
    assert fingerprint(home, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_large_tables_stand_in_the_lake(clustered: Home) -> None:
    with open_night(asked(clustered, LAST_DAY, None)) as night:
        for table in ("source.orders", "history.order_line_timeline", "history.mentions"):
            assert not night.engine.is_at_hand(f"select * from {table}"), table
        assert night.engine.is_at_hand("select * from source.products")
        stored = night.engine.read("ops.lake")
    names = set(stored["stored_table"].to_pylist())
    assert {"source.orders", "source.returns", "source.chat_messages", "history.mentions"} <= names


def texts(root: Path) -> dict[str, str]:
    """The content of every file of rows below a folder, as text."""
    files = (path for path in root.rglob("*.parquet") if path.is_file())
    return {str(path): json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False) for path in files}


def test_a_forgotten_customer_is_in_no_file_of_the_lake(own: Home) -> None:
    customers = (
        "select m.sender_key as id, m.message_id from history.mentions as m where exists "
        "(select 1 from source.orders as o where o.customer_id = m.sender_key) order by m.message_id limit 1"
    )
    with open_night(asked(own, LAST_DAY, None)) as night:
        (customer,) = night.engine.query(customers).to_pylist()
        lines = night.engine.read("source.orders").num_rows
        receipt = forget(night, customer["id"])
        assert night.engine.read("source.orders").num_rows == lines
        with pytest.raises(UsageError, match="nothing of this customer"):
            forget(night, customer["id"])
    assert receipt["rows"]["source.orders"] >= 1 and receipt["rows"]["source.chat_messages"] >= 1
    for path, content in texts(own.root.parent / "lake").items():
        assert customer["id"] not in content and f'"{customer["message_id"]}"' not in content, path


def test_tidy_deletes_as_on_one_machine(own: Home, published: Home, tmp_path: Path) -> None:
    later = NOW + timedelta(days=1_110)
    other = Home(shutil.copytree(published.root, tmp_path / "other"))
    with open_night(RunRequest(LAST_DAY, other, None, Settings(), later)) as night:
        wanted = tidy(night)
    with open_night(asked(own, LAST_DAY, None, later)) as night:
        assert tidy(night) == wanted
    assert any(wanted.values())
