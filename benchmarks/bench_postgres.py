"""How soon PostgreSQL shows what was published, and what readers see meanwhile: `python -m benchmarks.bench_postgres`.

A server of its own, from the distribution's programs, on this machine; it syncs its log as a server in use does.

- `load`: a run of 1.5 million matches, from the changed pointer to a reader's sight, into an empty database and beside
  lists of the days before; then a recall of one SKU that one agent in twenty had.
- `readers`: fifty connections read while a list is published and recalled a hundred times.
- `kills`: a delivering process is ended with SIGKILL at a random time, two hundred times.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi

from tests.support import postgres, tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.delivery.postgres import PostgresStore
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 23)
VARIABLE = "XUANPIN_PUBLISH_URI"
SETTINGS = Settings.model_validate({"publish": {"postgres": {"connection_variable": VARIABLE}}})
AGENTS, SLOTS, SKUS = 100_000, 15, 200
RECALLED = "SKU000007"
HOLDERS = 20
"""One agent in so many has the SKU that is recalled."""
THREADS = 5
"""Readers of a process."""
ENDS = ("killed", "ended before", "mixes", "not level", "leftovers")
"""What is counted of deliveries that were to be killed."""
PAUSE = 1.0
"""Seconds between two reads of a reader; fifty without one would leave a small machine to nobody else."""
WHOLE = """
select l.run_id, l.list_rank, count(m.agent_id), min(m.run_id), max(m.run_id)
from xuanpin.sku_list as l left join xuanpin.agent_matches as m on m.list_date = l.list_date group by 1, 2
"""
"""Run, the number of matches that its list says, and the number and runs of the matches: of one run, or a mix."""


def main() -> None:
    """Print the asked figures; return 1 where a reader saw a mix or an error, or a kill left anything."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--parts", nargs="*", default=[*PARTS], choices=[*PARTS])
    options.add_argument("--readers", type=int, default=50, help="connections; five share a process")
    options.add_argument("--publications", type=int, default=100)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    failures = 0
    for part in asked.parts:
        with postgres.server(fsync="on") as server, tempfile.TemporaryDirectory(prefix="xuanpin-postgres-") as folder:
            failures += PARTS[part](Home(Path(folder)), server.uri(), asked)
    raise SystemExit(1 if failures else 0)


def measure_load(home: Home, uri: str, _: argparse.Namespace) -> int:
    """Print seconds of whole loads and of a recall at 1.5 million matches; return how many showed wrong rows."""
    wrong = 0
    for name, day in (("first list", DAY), ("next list date", DAY + timedelta(days=1))):
        run, rows = _seal(home, day, f"{name[0]}{day.day}", _matches(0.0 if day == DAY else 0.01))
        wrong += _published(home, uri, run, rows, name)
    recalled, left = _seal(home, day, "recalled", _recalled(_matches(0.01)), "recalled")
    wrong += _published(home, uri, recalled, left, "recall of one SKU")
    changed, rows = _seal(home, day, "anew", _matches(0.02))
    wrong += _published(home, uri, changed, rows, "the night anew, every fit another")
    size = postgres.rows(uri, "select pg_database_size(current_database())")[0][0]
    print(f"the database has {size / 2**20:,.0f} MiB")
    return wrong


def _published(home: Home, uri: str, run: run_store.CurrentRun, rows: int, what: str) -> int:
    """Make a run current, deliver, and print when a reader saw it; return 1 where the reader saw other rows."""
    seen, begun = list[float](), time.perf_counter()
    cpu = _cpu_seconds()

    def look() -> None:
        with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
            while not seen:
                cursor.execute(f"select 1 from xuanpin.current_runs where run_id = '{run.run_id}'")
                if cursor.fetchall():
                    seen.append(time.perf_counter() - begun)
                time.sleep(0.02)

    run_store.point_to(home, run)
    if len(run_store.current_runs(home)) == 1:
        _level(home, uri)
        seen.append(time.perf_counter() - begun)
    else:
        watcher = threading.Thread(target=look)
        watcher.start()
        _level(home, uri)
        watcher.join()
    ((count,),) = postgres.rows(uri, f"select count(*) from xuanpin.agent_matches where list_date = '{run.list_date}'")
    spent = [after - before for after, before in zip(_cpu_seconds(), cpu, strict=True)]
    print(
        f"{what}: {rows:,} matches, seen after {seen[0]:.1f} s at a load of {os.getloadavg()[0]:.1f}; CPU seconds: "
        f"program {spent[0]:.1f}, server {spent[1]:.1f}; {count:,} rows there",
        flush=True,
    )
    return int(count != rows)


def _cpu_seconds() -> tuple[float, float]:
    """CPU seconds of this process and of all programs of the server, also of those that have ended."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, fields = stat.read_text(encoding="ascii", errors="replace").partition("(")[2].rpartition(")")
            if name == "postgres":
                found += sum(int(field) for field in fields.split()[11:15])
    return time.process_time(), found / os.sysconf("SC_CLK_TCK")


def _level(home: Home, uri: str) -> int:
    return PostgresStore(SETTINGS.publish, {VARIABLE: uri}).catch_up(home)


def _matches(shift: float) -> pa.Table:
    """All matches of a run in order of their key; `shift` moves every fit."""
    drawn = np.random.default_rng(5)
    agent = np.repeat(np.arange(AGENTS), SLOTS)
    sku = 10 + (agent * 7 + np.tile(np.arange(SLOTS), AGENTS) * 13) % (SKUS - 10)
    # The recalled SKU is with one agent in twenty, and nobody else.
    first = np.tile(np.arange(SLOTS), AGENTS) == 0
    sku = np.where(first & (agent % HOLDERS == 0), 7, sku)
    count = AGENTS * SLOTS
    columns: dict[str, Any] = {
        "agent_id": pa.array(np.char.mod("A%06d", np.arange(AGENTS))).take(pa.array(agent)),
        "match_rank": pa.array(np.tile(np.arange(1, SLOTS + 1), AGENTS), pa.int32()),
        "sku_id": pa.array(np.char.mod("SKU%06d", np.arange(SKUS))).take(pa.array(sku)),
        "fit": np.round(drawn.random(count) * 0.9 + shift, 6),
        "expected_kept_units": np.round(drawn.random(count) * 3, 6),
        "units_reserved": pa.array(drawn.integers(0, 4, count)),
        "reasons": pa.array([["own_frequency:count=3", "style_match:share=0.5"], ["price_in_band:price=59.90"]]).take(
            pa.array(drawn.integers(0, 2, count))
        ),
        "acceptance": np.round(drawn.random(count), 6),
    }
    return pa.table(columns)


def _recalled(matches: pa.Table) -> pa.Table:
    """The matches without the recalled SKU: whoever had it moves up the others and gets a reserve last."""
    agent = np.repeat(np.arange(AGENTS), SLOTS)
    has = agent % HOLDERS == 0
    rank = matches["match_rank"].to_numpy()
    moved = np.where(has, np.where(rank == 1, SLOTS, rank - 1), rank)
    reserve = np.where(has & (rank == 1), "SKU000003", np.asarray(matches["sku_id"].to_pylist()))
    matches = matches.set_column(1, "match_rank", pa.array(moved, pa.int32()))
    return matches.set_column(2, "sku_id", pa.array(reserve)).sort_by(
        [("agent_id", "ascending"), ("sku_id", "ascending")]
    )


def _seal(
    home: Home, day: date, run_id: str, matches: pa.Table, state: str = tiny_runs.SHOWN
) -> tuple[run_store.CurrentRun, int]:
    """Write a run with these matches and a list; return it, not yet current, and how many matches it has."""
    run = tiny_runs.seal(home, day, run_id, state, sku_list=[{"sku_id": f"SKU{nth:06}"} for nth in range(SKUS)])
    schema = load_contract("agent_matches").arrow_schema()
    stamp = {"list_date": day, "as_of_date": day - timedelta(days=1), "run_id": run_id, "propensity": None}
    for name, value in stamp.items():
        matches = matches.append_column(name, pa.repeat(pa.scalar(value, schema.field(name).type), matches.num_rows))
    folder = run_store.run_folder(home, run)
    loose = pa.schema([field.with_nullable(True) for field in schema])
    pq.write_table(matches.select(schema.names).cast(loose), folder / "agent_matches.parquet", compression="zstd")
    manifest = json.loads((folder / run_store.MANIFEST).read_text(encoding="utf-8"))
    counts = manifest["row_counts"] | {"agent_matches": matches.num_rows}
    run_store.replace_json(folder / run_store.MANIFEST, manifest | {"row_counts": counts})
    return run, matches.num_rows


def measure_readers(home: Home, uri: str, asked: argparse.Namespace) -> int:
    """Print what many readers saw during many publications; return how many saw a mix or an error."""
    _publish_small(home, 0)
    _level(home, uri)
    processes = multiprocessing.get_context("forkserver")
    ended, results = processes.Event(), processes.SimpleQueue()
    begins = range(0, asked.readers, THREADS)
    pool = [processes.Process(target=_read_in_threads, args=(uri, begin, ended, results)) for begin in begins]
    for process in pool:
        process.start()
    begun = time.perf_counter()
    for nth in range(1, asked.publications + 1):
        _publish_small(home, nth)
        _level(home, uri)
    seconds = time.perf_counter() - begun
    ended.set()
    found: Counter[str] = Counter()
    for _ in pool:
        found.update(results.get())
    for process in pool:
        process.join()
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(found.items()))
    print(f"{asked.readers} readers, {asked.publications} publications in {seconds:.0f} s: {told}", flush=True)
    return found["mixes"] + found["errors"]


def _publish_small(home: Home, nth: int) -> str:
    """Publish a list of some matches: every other one differs little from that before, as a recall does."""
    size, run_id = _size(nth), f"n{nth:04}"
    rows = [
        {"agent_id": f"A{agent:05}", "sku_id": "S1", "match_rank": 1, "fit": 0.5 + (nth // 2) / 1000, "reasons": []}
        for agent in range(size)
    ]
    state = "recalled" if nth % 2 else tiny_runs.SHOWN
    tiny_runs.publish(home, DAY, run_id, state, sku_list=[{"sku_id": "S1", "list_rank": size}], agent_matches=rows)
    return run_id


def _size(nth: int) -> int:
    return 1_000 + nth


def _read_in_threads(uri: str, begin: int, ended: Event, results: Any) -> None:
    """Read until the end on several connections, and hand over the counts."""
    counts = list[Counter[str]]()
    threads = [
        threading.Thread(target=lambda nth=nth: counts.append(_read(uri, nth, ended)))
        for nth in range(begin, begin + THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(sum(counts, Counter()))


def _read(uri: str, nth: int, ended: Event) -> Counter[str]:
    """Read until the end as one kind of reader does, and count."""
    ways: list[Callable[[Any], bool]] = [_read_in_one_statement, _read_in_one_transaction, _read_by_run]
    found: Counter[str] = Counter()
    with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        while not ended.is_set():
            try:
                found["reads" if ways[nth % 3](cursor) else "mixes"] += 1
            except dbapi.Error as error:
                found["errors"] += 1
                print(error, flush=True)
            time.sleep(PAUSE)
    return found


def _read_in_one_statement(cursor: Any) -> bool:
    cursor.execute(WHOLE)
    return _is_one_run(cursor.fetchall())


def _read_in_one_transaction(cursor: Any) -> bool:
    """Read list and matches by two statements that see one state."""
    cursor.execute("begin isolation level repeatable read")
    cursor.execute("select run_id, list_rank from xuanpin.sku_list")
    ((run_id, size),) = cursor.fetchall()
    cursor.execute(f"select '{run_id}', {size}, count(*), min(run_id), max(run_id) from xuanpin.agent_matches")
    is_one = _is_one_run(cursor.fetchall())
    cursor.execute("commit")
    return is_one


def _read_by_run(cursor: Any) -> bool:
    """Ask which run is current, and read that one, which may no longer be current then."""
    cursor.execute("select run_id, list_date::text from xuanpin.current_runs")
    ((run_id, day),) = cursor.fetchall()
    of_run = f"where r.run_id = '{run_id}' and r.list_date = '{day}'"
    cursor.execute(
        f"select '{run_id}', (select max(list_rank) from xuanpin.sku_list_runs as r {of_run}), count(*), min(run_id), "
        f"max(run_id) from xuanpin.agent_matches_runs as r {of_run}"
    )
    return _is_one_run(cursor.fetchall())


def _is_one_run(rows: list[tuple[Any, ...]]) -> bool:
    return len(rows) == 1 and rows[0][0] == rows[0][3] == rows[0][4] and rows[0][1] == rows[0][2]


def measure_kills(home: Home, uri: str, asked: argparse.Namespace) -> int:
    """Print what many kills left; return how many left a mix, or a database that the next delivery did not level."""
    _publish_small(home, 0)
    _level(home, uri)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["__main__", "adbc_driver_postgresql.dbapi"])
    draw, found = random.Random(asked.seed), Counter[str]()
    usual = _seconds_of_a_delivery(home, uri, processes)
    for nth in range(2, asked.kills + 2):
        run_id = _publish_small(home, nth)
        process = processes.Process(target=_level, args=(home, uri))
        process.start()
        process.join(draw.uniform(0, usual))
        process.kill()
        process.join()
        found["killed" if process.exitcode != 0 else "ended before"] += 1
        found["mixes"] += not _is_one_run(postgres.rows(uri, WHOLE))
        _level(home, uri)
        shown = postgres.rows(uri, WHOLE)
        found["not level"] += not (_is_one_run(shown) and shown[0][0] == run_id)
        found["leftovers"] += _leftovers(uri)
        if (nth - 1) % 20 == 0 or nth == asked.kills + 1:
            told = ", ".join(f"{found[what]:,} {what}" for what in ENDS)
            print(f"{nth - 1} deliveries of about {usual:.1f} s: {told}", flush=True)
    return found["mixes"] + found["not level"] + found["leftovers"]


def _seconds_of_a_delivery(home: Home, uri: str, processes: Any) -> float:
    _publish_small(home, 1)
    begun = time.perf_counter()
    process = processes.Process(target=_level, args=(home, uri))
    process.start()
    process.join()
    return time.perf_counter() - begun


def _leftovers(uri: str) -> int:
    """How many parts of tables belong to no run."""
    parts = "select count(*) from pg_inherits where inhparent::regclass::text ~ 'xuanpin_store'"
    used = "select count(distinct (table_name, load)) from xuanpin_store.run_tables"
    return int(postgres.rows(uri, parts)[0][0] - postgres.rows(uri, used)[0][0])


PARTS: Mapping[str, Callable[[Home, str, argparse.Namespace], int]] = {
    "load": measure_load,
    "readers": measure_readers,
    "kills": measure_kills,
}

if __name__ == "__main__":
    main()
