"""Great Expectations finds in a process of its own what it finds in that of the night."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.quality import expectations, judged_apart
from xuanpin.pipelines.quality.counting import CheckedTable, checked_tables
from xuanpin.pipelines.quality.expectations import REPEATED, begin_repeating, failed_checks, repeat_when_due
from xuanpin.pipelines.quality.judged_apart import Channel
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path / "home"))
    yield Night(engine, Settings(), Home(tmp_path / "home"), DAY, None, NOW)
    engine.close()


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """Have no process that judges before a test and after it."""
    judged_apart.end()
    yield
    judged_apart.end()


def stock(night: Night, columns: str) -> list[CheckedTable]:
    night.engine.execute(f"create or replace table night.inventory as select {columns}")
    contract = replace(load_contract("inventory"), references={})
    return checked_tables({"night.inventory": contract}, {}, NOW)


def test_it_finds_the_same_time_and_again(night: Night) -> None:
    columns = "sku_id, date '2026-11-21' as as_of_date, units as sellable_units from (values {}) as t (sku_id, units)"
    stored = [columns.format(rows) for rows in ("('S1', -1), ('S1', 2)", "('S1', 1), ('S2', 2)")]
    here = [failed_checks(night.engine, stock(night, rows)) for rows in stored]
    assert [bool(found) for found in here] == [True, False]
    judged_apart.start()
    for _ in range(2):
        assert [failed_checks(night.engine, stock(night, rows)) for rows in stored] == here
    assert judged_apart.is_started()


def test_what_cannot_be_computed_is_an_error_and_the_next_question_is_answered(night: Night) -> None:
    judged_apart.start()
    with pytest.raises(RuntimeError, match="could not be computed"):
        failed_checks(night.engine, stock(night, "'S1' as sku_id, date '2026-11-21' as as_of_date"))
    whole = "'S1' as sku_id, date '2026-11-21' as as_of_date, 1 as sellable_units"
    assert failed_checks(night.engine, stock(night, whole)) == set()


def test_a_process_that_dies_is_no_table_without_faults(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    judged_apart.start()
    with pytest.raises(RuntimeError, match="ended with 1"):
        failed_checks(night.engine, stock(night, "1 as sku_id"))
    assert not judged_apart.is_started()


def test_it_is_started_where_something_is_due(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []
    monkeypatch.setattr(expectations, "start", lambda: started.append(True))
    monkeypatch.setattr(expectations, "failed_checks", lambda engine, tables: set[str]())
    monkeypatch.delitem(sys.modules, "great_expectations", raising=False)

    def begin(days: int = 0) -> bool:
        started.clear()
        begin_repeating(replace(night, now=NOW + timedelta(days=days)))()
        return bool(started)

    assert begin()
    repeat_when_due(night, {"night.inventory": load_contract("inventory")}, {"products": "source.products"}, [])
    assert not begin()
    assert begin(days=7)
    night.engine.replace_value(REPEATED, "checked_table", old="inventory", new="gone_since")
    assert not begin(days=7)
    night.engine.replace_value(REPEATED, "checked_table", old="gone_since", new="inventory")
    monkeypatch.setitem(sys.modules, "great_expectations", pytest)
    assert not begin(days=7)


def test_it_ends_with_the_process_that_asks() -> None:
    code = (
        "import os, signal; from xuanpin.pipelines.quality.judged_apart import start; start(); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    # It holds the other end of what is captured: to wait for all of it is to wait for both to end.
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=120)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")


def test_values_come_through_the_pipe_as_they_are() -> None:
    values = (1, None, True, 0.5, "午安,\n", date(2026, 11, 21), datetime(2026, 11, 22, 1, 30), Decimal("1.50"))
    asked, answered = StringIO(), StringIO()
    Channel(StringIO(), asked).send(statement="select ?", parameters=values)
    said = Channel(StringIO(asked.getvalue()), StringIO()).receive()
    assert said == {"statement": "select ?", "parameters": list(values)}
    Channel(StringIO(), answered).send(columns=["n"], rows=[values])
    found = Channel(StringIO(answered.getvalue()), StringIO()).execute("select 1", ())
    assert (found.description, found.fetchall()) == ([("n", None)], [values])
    with pytest.raises(TypeError, match="timedelta"):
        Channel(StringIO(), StringIO()).send(value=timedelta(1))
