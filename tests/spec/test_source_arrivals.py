"""Which rows a night's checks look at, and which source tables are late, from the ledger of arrivals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.night_tables import table
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.ingest.arrivals import missing
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.quality import scope
from xuanpin.pipelines.settings import Settings

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
    assert found["returns"] == scope.Arrival("returns", 1, None, 0)


@pytest.mark.parametrize(("over", "result"), [(0, "pass"), (1, "warn"), (None, "warn")])
def test_rows_older_than_the_contract_promises_are_a_warning(night: Night, over: int | None, result: str) -> None:
    table = next(name for name in ("orders", "inventory") if load_contract(name).freshness_days is not None)
    allowed = load_contract(table).freshness_days or 0
    newest = None if over is None else DAY - timedelta(days=allowed + over)
    told = scope.freshness(night, scope.Arrival(table, 1, newest, 3))
    assert (told.result, told.rows_seen, told.rows_failed) == (result, 3, 0)


def without(night: Night, **tables: dict[str, Any]) -> Night:
    return replace(night, settings=Settings.model_validate({"sources": {"tables": tables}}))


def test_nobody_waits_for_a_table_that_the_settings_let_be_missing(night: Night) -> None:
    arrived(night, ("orders", 0, 1, 5))
    lacking = without(
        night,
        inventory={"stand_in": "orders"},
        returns={"stand_in": "nothing"},
        chat_messages={"stand_in": "nothing"},
    )
    assert missing(lacking) == {}


def test_what_is_derived_and_the_one_file_of_a_state_are_never_old(night: Night) -> None:
    long_ago = scope.Arrival("products", 1, date(2010, 1, 1), 3)
    assert scope.freshness(night, long_ago).result == "warn"
    assert scope.freshness(without(night, products={"stand_in": "orders"}), long_ago).result == "pass"
    state = without(night, products={"snapshot": True})
    for seq, result in ((1, "pass"), (2, "warn")):
        file = {"drop_seq": seq, "table_name": "products", "path": f"{seq}.csv", "size": 1, "sha256": "x", "stamp": "x"}
        night.engine.append("ops.drops", pa.Table.from_pylist([file | {"rows": 1}]))
        assert scope.freshness(state, long_ago).result == result


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
