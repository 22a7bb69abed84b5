"""Which rows a night's checks look at, and which source tables are late, from the ledger of arrivals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.night_tables import table
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.ingest.arrivals import missing
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.quality import scope
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import SourcesSettings, SourceTable, SourceTables

DAY = date(2026, 11, 21)
ARRIVALS = "table_name varchar, known_on date, last_drop_seq bigint, rows bigint, fingerprint varchar"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path))
    yield Night(engine, Settings(), Home(tmp_path), DAY, None, datetime(2026, 11, 22, tzinfo=UTC))
    engine.close()


def arrived(night: Night, *rows: tuple[str, int, int, int]) -> None:
    """Rows are (table, days from the as-of date, batch, rows)."""
    content = [(table, DAY + timedelta(days=days), batch, count, "f") for table, days, batch, count in rows]
    table(night.engine, "ops.arrivals", ARRIVALS, content)


def test_a_table_is_late_until_a_row_of_the_day_or_a_later_one_has_come(night: Night) -> None:
    arrived(night, ("inventory", 0, 1, 5), ("orders", -1, 1, 5), ("returns", 1, 1, 5), ("products", -9, 1, 5))
    assert missing(night) == {"orders": DAY - timedelta(days=1), "chat_messages": None}


def test_a_row_of_a_day_that_has_not_come_does_not_hide_a_late_table(night: Night) -> None:
    arrived(night, ("inventory", 2, 1, 5), ("orders", 2_900_000, 1, 1), ("orders", -1, 1, 5), ("returns", 1, 1, 5))
    assert missing(night) == {"inventory": None, "orders": DAY - timedelta(days=1), "chat_messages": None}


def test_checks_see_what_is_visible_on_the_day_and_the_newest_batch_of_all(night: Night) -> None:
    arrived(night, ("orders", -1, 2, 5), ("orders", 0, 3, 7), ("orders", 1, 4, 9), ("returns", 1, 1, 1))
    found = scope.arrivals(night)
    assert found["orders"] == scope.Arrival("orders", 4, DAY, 12)
    assert found["returns"] == scope.Arrival("returns", 1, None, 0, is_only_batch=True)


@pytest.mark.parametrize(("is_only_batch", "result"), [(True, "pass"), (False, "warn")])
def test_the_first_files_of_snapshots_hold_for_every_day_whatever_they_refer_to(
    night: Night, is_only_batch: bool, result: str
) -> None:
    tables = SourceTables(inventory=SourceTable(snapshot=True))
    snapshots = Settings(sources=SourcesSettings(tables=tables))
    old = scope.Arrival("inventory", 1, DAY - timedelta(days=99), 3, is_only_batch)
    assert scope.freshness(replace(night, settings=snapshots), old).result == result


@pytest.mark.parametrize(("over", "result"), [(0, "pass"), (1, "warn"), (None, "warn")])
def test_rows_older_than_the_contract_promises_are_a_warning(night: Night, over: int | None, result: str) -> None:
    table = next(name for name in ("orders", "inventory") if load_contract(name).freshness_days is not None)
    allowed = load_contract(table).freshness_days or 0
    newest = None if over is None else DAY - timedelta(days=allowed + over)
    told = scope.freshness(night, scope.Arrival(table, 1, newest, 3))
    assert (told.result, told.rows_seen, told.rows_failed) == (result, 3, 0)


def test_late_rows_are_those_of_batches_not_proven_yet(night: Night) -> None:
    put(night.engine, "products", [{"sku_id": "S1", "known_on": DAY - timedelta(days=3)}], drop_seq=1)
    put(night.engine, "products", [{"sku_id": "S2", "known_on": DAY}], drop_seq=2)
    found = {"products": scope.Arrival("products", 2, DAY, 2)}
    today = f"known_on = DATE '{DAY.isoformat()}'"
    assert set(scope.late_rows(night.engine, found, today)) == {"products"}
    scope.mark_checked(night.engine, {"products": replace(found["products"], last_batch=0)})
    assert set(scope.late_rows(night.engine, found, today)) == {"products"}
    scope.mark_checked(night.engine, {"products": replace(found["products"], last_batch=1)})
    assert scope.late_rows(night.engine, found, today) == {}
    put(night.engine, "products", [{"sku_id": "S3", "known_on": DAY - timedelta(days=1)}], drop_seq=3)
    assert set(scope.late_rows(night.engine, found, today)) == {"products"}
