"""The published tables in a real PostgreSQL: what readers find, whatever happens to runs, to the database or to us."""

import itertools
import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from adbc_driver_postgresql import dbapi

from tests.support import postgres, tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.delivery import deliver, failing
from xuanpin.pipelines.delivery.postgres import PostgresStore, loading, schema
from xuanpin.pipelines.delivery.postgres.database import Database
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
VARIABLE = "XUANPIN_PUBLISH_URI"
SETTINGS = Settings.model_validate(
    {"publish": {"database_days": 3, "postgres": {"connection_variable": VARIABLE, "reader_role": "xuanpin_reader"}}}
)
LIST = [
    {"sku_id": sku, "list_rank": rank, "title": "连衣裙", "list_price": Decimal("19.90"), "reasons": ["kept:rate=0.9"]}
    for rank, sku in enumerate(("S1", "S2"), start=1)
]


def matches(count: int, **changed: float) -> list[dict[str, Any]]:
    """Matches of `count` agents with one SKU each, with another fit for some agents."""
    agents = [f"A{number:03}" for number in range(count)]
    return [
        {"agent_id": agent, "sku_id": "S1", "match_rank": 1, "fit": changed.get(agent, 0.5), "reasons": []}
        for agent in agents
    ]


@dataclass
class Place:
    """A home, and the database that follows it."""

    home: Home
    uri: str

    def level(self) -> int:
        return PostgresStore(SETTINGS.publish, {VARIABLE: self.uri}).catch_up(self.home)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return postgres.rows(self.uri, sql)

    def shown(self) -> list[tuple[str, str, int]]:
        """Day, run and number of matches that readers see of each list date."""
        counted = "(select count(*) from xuanpin.agent_matches as m where m.run_id = r.run_id)"
        return self.rows(
            f"select to_char(list_date, 'DD'), run_id, {counted} from xuanpin.current_runs as r order by list_date"
        )

    def loads(self, table: str = "agent_matches") -> list[tuple[Any, ...]]:
        """Run, load and version of a table."""
        stored = "xuanpin_store.run_tables"
        return self.rows(f"select run_id, load, version from {stored} where table_name = '{table}' order by run_id")

    def parts(self) -> int:
        """How many parts all tables have."""
        return int(
            self.rows("select count(*) from pg_inherits where inhparent::regclass::text ~ 'xuanpin_store'")[0][0]
        )


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    missing = postgres.missing_program()
    if missing:
        pytest.skip(missing)
    with postgres.server() as started:
        yield started


@pytest.fixture
def place(server: postgres.Server, tmp_path: Path) -> Place:
    for schema_name in ("xuanpin", "xuanpin_store"):
        postgres.run(server.uri(), f"drop schema if exists {schema_name} cascade")
    return Place(Home(tmp_path / "home"), server.uri())


def test_readers_find_the_tables_of_the_contracts(place: Place) -> None:
    aspects = [{"aspect": "quality", "polarity": -0.5}]
    mention = {"message_id": "M1", "sku_id": None, "aspects": aspects}
    tiny_runs.publish(place.home, MONDAY, "aa", sku_list=LIST, agent_matches=matches(2), feedback_mentions=[mention])
    assert place.level() == 1
    assert place.rows(
        "select sku_id, list_price, title, reasons, list_date, run_id from xuanpin.sku_list order by 1"
    ) == [(sku, "19.90", "连衣裙", ["kept:rate=0.9"], MONDAY, "aa") for sku in ("S1", "S2")]
    stored = place.rows("select aspects::text from xuanpin.feedback_mentions")
    assert json.loads(stored[0][0]) == aspects
    columns = (
        "select column_name::text from information_schema.columns where table_schema = 'xuanpin' and table_name = "
    )
    for contract in published_contracts():
        assert [row[0] for row in place.rows(f"{columns}'{contract.name}' order by ordinal_position")] == [
            *contract.column_names
        ]
    (told,) = place.rows("select col_description('xuanpin.agent_matches'::regclass, 4)")
    assert told[0].startswith("团长编号：") and "agent" in told[0]
    key = "select pg_get_indexdef(indexrelid) from pg_index where indisprimary and indrelid::regclass::text ~ "
    assert "(agent_id, sku_id, since)" in place.rows(f"{key}'agent_matches'")[0][0]


def test_the_reader_role_reads_and_no_more(place: Place, server: postgres.Server) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", sku_list=LIST)
    place.level()
    postgres.run(place.uri, "create role analyst login in role xuanpin_reader")
    reader = server.uri(user="analyst")
    assert postgres.rows(reader, "select count(*) from xuanpin.sku_list") == [(2,)]
    for refused in ("select * from xuanpin_store.sku_list", "delete from xuanpin.current_runs"):
        with pytest.raises(dbapi.Error, match="permission denied"):
            postgres.rows(reader, refused)
    postgres.run(place.uri, "drop role analyst")


def test_a_second_delivery_changes_nothing(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(3))
    assert place.level() == 1
    written = "select pg_snapshot_xmax(pg_current_snapshot())::text"
    before = place.rows(written)
    assert place.level() == 0
    assert place.rows(written) == before


def test_a_recall_writes_the_rows_that_differ_and_both_runs_stay(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(40))
    place.level()
    tiny_runs.publish(place.home, MONDAY, "bb", "recalled", agent_matches=matches(39, A007=0.9))
    assert place.level() == 1
    (first, second) = place.loads()
    assert (first[1], first[2] + 1) == second[1:], "a further version of the same load"
    assert place.shown() == [("23", "bb", 39)]
    of_runs = "select run_id, count(*), max(fit) from xuanpin.agent_matches_runs group by run_id order by run_id"
    assert place.rows(of_runs) == [("aa", 40, 0.5), ("bb", 39, 0.9)]
    assert place.rows("select state, is_newest from xuanpin.current_runs") == [("recalled", True)]


def test_a_run_that_differs_in_much_is_a_load_of_its_own(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(10))
    place.level()
    tiny_runs.publish(place.home, MONDAY, "bb", agent_matches=matches(7))
    place.level()
    (first, second) = place.loads()
    assert first[1] != second[1]
    assert place.shown() == [("23", "bb", 7)]


def test_only_what_readers_may_see_is_there(place: Place) -> None:
    for nth in range(4):
        tiny_runs.publish(place.home, MONDAY + timedelta(days=nth - 4), f"n{nth}", agent_matches=matches(nth))
    run_store.await_review(place.home, tiny_runs.seal(place.home, MONDAY, "waiting", "pending"))
    tiny_runs.publish(place.home, MONDAY, "last", "fallback", agent_matches=matches(5))
    tiny_runs.seal(place.home, MONDAY, "refused", "rejected")
    assert place.level() == 3
    assert place.shown() == [("21", "n2", 2), ("22", "n3", 3), ("23", "last", 5)]


def test_a_list_that_is_taken_back_is_no_longer_shown(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(3))
    tuesdays = tiny_runs.publish(place.home, TUESDAY, "bb", agent_matches=matches(4))
    place.level()
    with sealing.lock_published(place.home):
        sealing.take_back(place.home, 3, tuesdays)
    assert place.level() == 1
    assert place.shown() == [("23", "aa", 3)]
    assert place.rows("select count(*) from xuanpin.agent_matches_runs where run_id = 'bb'") == [(0,)]


def test_what_a_person_had_erased_is_erased_here(place: Place) -> None:
    mentions: list[dict[str, Any]] = [{"message_id": name, "aspects": []} for name in ("hers", "his")]
    runs = [
        tiny_runs.publish(place.home, MONDAY, run, agent_matches=matches(3), feedback_mentions=mentions)
        for run in ("aa", "bb")
    ]
    for run in runs:
        sealing.renew_hashes(run_store.run_folder(place.home, run))
    place.level()
    before = place.loads()
    for run in runs:
        file = run_store.run_folder(place.home, run) / "feedback_mentions.parquet"
        pq.write_table(pq.read_table(file, partitioning=None).slice(1), file)
        sealing.renew_hashes(file.parent)
    assert place.level() == 2
    assert place.rows("select run_id, message_id from xuanpin.feedback_mentions_runs order by 1") == [
        ("aa", "his"),
        ("bb", "his"),
    ]
    assert place.rows("select count(*) from xuanpin_store.feedback_mentions where message_id = 'hers'") == [(0,)]
    assert place.loads() == before, "other tables stay as they are"


def test_runs_that_the_home_no_longer_keeps_leave_even_while_somebody_reads(place: Place) -> None:
    first = tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(10))
    tiny_runs.publish(place.home, MONDAY, "bb", "recalled", agent_matches=matches(3))
    place.level()
    all_parts = place.parts()
    shutil.rmtree(run_store.run_folder(place.home, first))
    with dbapi.connect(place.uri) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from xuanpin.agent_matches_runs")
        assert cursor.fetchall() == [(13,)]
        assert place.level() == 1, "the reader's transaction is still open"
    assert place.shown() == [("23", "bb", 3)]
    assert place.level() == 0
    assert place.parts() == all_parts - 1
    assert place.rows("select count(*) from pg_class where relname ~ 'agent_matches_[0-9]+$'") == [(1,)]


def test_rows_of_a_version_that_no_run_has_leave(place: Place) -> None:
    first = tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(40))
    place.level()
    tiny_runs.publish(place.home, MONDAY, "bb", "recalled", agent_matches=matches(39, A007=0.9))
    place.level()
    assert place.rows("select count(*) from xuanpin_store.agent_matches") == [(41,)]
    shutil.rmtree(run_store.run_folder(place.home, first))
    place.level()
    assert place.rows("select count(*) from xuanpin_store.agent_matches") == [(39,)]


def test_a_dead_database_is_told_without_its_address_and_caught_up(
    place: Place, server: postgres.Server, caplog: pytest.LogCaptureFixture
) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(3))
    dead = place.uri.replace(f"host={server.folder}", "host=/nowhere&password=geheim")
    (one,) = deliver(place.home, SETTINGS, {VARIABLE: dead})
    assert one.failure is not None and "does not answer or refuses the work" in one.failure
    assert [*failing(place.home)] == ["postgres"]
    assert "geheim" not in caplog.text + one.failure
    (one,) = deliver(place.home, SETTINGS, {})
    assert one.failure is not None and f"{VARIABLE} is not set" in one.failure
    (one,) = deliver(place.home, SETTINGS, {VARIABLE: place.uri})
    assert (one.count, one.failure, failing(place.home)) == (1, None, {})


def test_a_run_whose_rows_are_not_those_of_its_manifest_is_not_shown(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(3))
    place.level()
    run = tiny_runs.publish(place.home, MONDAY, "bb", agent_matches=matches(30))
    path = run_store.run_folder(place.home, run) / run_store.MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    run_store.replace_json(path, content | {"row_counts": content["row_counts"] | {"agent_matches": 31}})
    tiny_runs.publish(place.home, MONDAY - timedelta(days=1), "before", agent_matches=matches(2))
    with pytest.raises(DeliveryFailed, match="agent_matches of run run=bb has 30 rows in the database and 31"):
        place.level()
    assert place.shown() == [("22", "before", 2), ("23", "aa", 3)]
    (path.parent / "agent_matches.parquet").write_bytes(b"PAR1")
    (one,) = deliver(place.home, SETTINGS, {VARIABLE: place.uri})
    assert one.failure is not None and "failed unexpectedly" in one.failure


def test_a_column_of_a_later_contract_joins_and_its_schema_is_left_alone_by_an_earlier_release(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = [one.without("acceptance") if one.name == "agent_matches" else one for one in published_contracts()]
    monkeypatch.setattr(schema, "published_contracts", lambda: earlier)
    monkeypatch.setattr(loading, "published_contracts", lambda: earlier)
    tiny_runs.publish(place.home, MONDAY, "aa", agent_matches=matches(3))
    place.level()
    with pytest.raises(dbapi.Error, match="acceptance"):
        place.rows("select acceptance from xuanpin.agent_matches")
    monkeypatch.undo()
    tiny_runs.publish(place.home, TUESDAY, "bb", agent_matches=[{**matches(1)[0], "acceptance": 0.75}])
    assert place.level() == 1
    found = place.rows("select run_id, max(acceptance) from xuanpin.agent_matches group by run_id order by run_id")
    assert found == [("aa", None), ("bb", 0.75)]
    later = 'update xuanpin_store.version set format = 2, contracts = \'{"alarms": "1.0.0", "sku_list": "9.0.0"}\''
    postgres.run(place.uri, later)
    with pytest.raises(DeliveryFailed, match=r"written by a later release \(format 2, sku_list 9\.0\.0\)"):
        place.level()


def test_a_question_of_one_list_date_reads_the_rows_of_that_date(place: Place) -> None:
    for nth in range(3):
        tiny_runs.publish(place.home, MONDAY - timedelta(days=nth), f"n{nth}", agent_matches=matches(3))
    place.level()
    load = {run: load for run, load, _ in place.loads()}["n1"]
    asked = f"select * from xuanpin.agent_matches where list_date = '{MONDAY - timedelta(days=1)}'"
    with dbapi.connect(place.uri) as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": False})
        cursor.execute(f"explain {asked}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert f"agent_matches_{load} " in plan
    assert plan.count("agent_matches_") == plan.count(f"agent_matches_{load} ")


def _killed_at(place: Place, step: int) -> bool:
    """Deliver in a process that is killed before its `step`th statement or copy; return whether it got that far."""

    def die() -> None:
        steps = itertools.count(1)

        def counted(name: str) -> None:
            own = getattr(Database, name)

            def done(self: Database, *arguments: Any) -> Any:
                if next(steps) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return own(self, *arguments)

            setattr(Database, name, done)

        for name in ("run", "copy", "copy_aside"):
            counted(name)
        place.level()

    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def test_whoever_is_killed_anywhere_is_caught_up_and_readers_see_whole_runs(place: Place) -> None:
    tiny_runs.publish(place.home, MONDAY, "aa", sku_list=LIST, agent_matches=matches(40))
    place.level()
    seen = {"aa": 40}
    for step in (2, 5, 8, 11, 16, 20, 24):
        run_id = f"b{step:02}"
        seen[run_id] = 40 - step if step % 8 else 3
        tiny_runs.publish(place.home, MONDAY, run_id, "recalled", sku_list=LIST, agent_matches=matches(seen[run_id]))
        _killed_at(place, step)
        ((_, shown, count),) = place.shown()
        assert count == seen[shown]
        place.level()
        assert place.shown() == [("23", run_id, seen[run_id])]
    of_runs = place.rows("select run_id, count(*) from xuanpin.agent_matches_runs group by run_id")
    assert dict(of_runs) == seen
    assert place.parts() == place.rows("select count(distinct (table_name, load)) from xuanpin_store.run_tables")[0][0]


def test_readers_never_see_a_mix_nor_an_error(place: Place) -> None:
    sizes = [40, 39, 12, 40, 5, 41, 40]
    tiny_runs.publish(place.home, MONDAY, "n000", sku_list=[{**LIST[0], "list_rank": 40}], agent_matches=matches(40))
    place.level()
    ended, seen = threading.Event(), list[tuple[Any, ...]]()
    asked = (
        "select l.run_id, l.list_rank, count(*), min(m.run_id), max(m.run_id) from xuanpin.sku_list as l "
        "left join xuanpin.agent_matches as m on m.list_date = l.list_date group by 1, 2"
    )

    def read() -> None:
        with dbapi.connect(place.uri, autocommit=True) as connection, connection.cursor() as cursor:
            while not ended.is_set():
                cursor.execute(asked)
                seen.append(tuple(cursor.fetchall()))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for nth, size in enumerate(sizes, start=1):
        listed = [{**LIST[0], "list_rank": size}]
        tiny_runs.publish(place.home, MONDAY, f"n{nth:03}", sku_list=listed, agent_matches=matches(size))
        place.level()
    ended.set()
    for reader in readers:
        reader.join(30)
    assert {len(found) for found in seen} == {1}
    assert all(run == first == last and size == count for ((run, size, count, first, last),) in seen)
    assert {found[0][0] for found in seen} >= {"n007"}


def test_every_run_reads_as_its_files_do(place: Place) -> None:
    runs = [
        tiny_runs.publish(place.home, MONDAY + timedelta(days=nth % 2), f"r{nth}", agent_matches=rows)
        for nth, rows in enumerate(
            [matches(9), matches(0), matches(9, A001=0.1), matches(3), matches(10, A001=0.1), matches(3, A000=0.2)]
        )
    ]
    assert place.level() == 6
    for run in runs:
        asked = f"select agent_id, fit from xuanpin.agent_matches_runs where run_id = '{run.run_id}' order by agent_id"
        held = run_store.read_table(place.home, run, "agent_matches", ("agent_id", "fit")).to_pylist()
        assert [{"agent_id": agent, "fit": fit} for agent, fit in place.rows(asked)] == held
