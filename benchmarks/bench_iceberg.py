"""What the Iceberg copy costs, and what its readers see meanwhile: `python -m benchmarks.bench_iceberg`.

A local copy: an SQLite catalogue and files on this machine.

- `load`: a run of 1.5 million matches is copied, then another of the same list date, then the first is shown again.
- `year`: lists of 400 list dates are copied by a home that turns the copy on, then one night more.
- `readers`: fifty readers, ten a process, read while lists are published and recalled a hundred times: the list that
  `main` shows, then the matches under the tag of its run.
- `kills`: a process that copies is ended with SIGKILL at a random write or time, two hundred times, and the copy held
  against the home after the next delivery.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import tempfile
import threading
import time
from datetime import date, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.meter import peak_mib
from tests.support import iceberg_copy, tiny_runs
from tests.support.iceberg_copy import copied, few_tables, read, reading, tags, unnamed_files
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.delivery.iceberg.catalogue import FAULTS

DAY = date(2026, 11, 23)
AGENTS, SLOTS, LISTED = 100_000, 15, 1_000
REASONS = ["matched_fit:fit=0.8312,rank=3", "own_category:share=0.21"]


def main() -> None:
    """Print the asked figures; return 1 where a reader saw a mix or an error, or a kill left anything."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--parts", nargs="*", default=[*PARTS], choices=[*PARTS])
    options.add_argument("--days", type=int, default=400)
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--publications", type=int, default=100)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    failures = 0
    for part in asked.parts:
        with tempfile.TemporaryDirectory(prefix="xuanpin-iceberg-") as folder:
            failures += PARTS[part](Home(Path(folder) / "home"), asked)
    raise SystemExit(1 if failures else 0)


def measure_load(home: Home, _: argparse.Namespace) -> int:
    """Print seconds of copying 1.5 million matches and of showing a run again; return how many rows were wrong."""
    first = _publish(home, "first", 0.0)
    drawn = peak_mib()
    _timed(home, "first run")
    _publish(home, "second", 0.1)
    _timed(home, "second run of the list date")
    run_store.point_to(home, first)
    _timed(home, "first run shown again")
    matches = read(home, "agent_matches")
    size = sum(path.stat().st_size for path in iceberg_copy.files_of(home)) / 2**20
    print(
        f"{matches.num_rows:,} rows on main; {size:,.0f} MiB on disk; peak memory {peak_mib():,.0f} MiB, "
        f"{drawn:,.0f} of drawing the rows",
        flush=True,
    )
    runs: list[str] = matches["run_id"].to_pylist()
    return int(len(runs) != AGENTS * SLOTS or set(runs) != {"first"})


def measure_year(home: Home, asked: argparse.Namespace) -> int:
    """Print seconds of copying many list dates of a few rows and of one more night; return 1 where one is missing."""
    for nth in range(asked.days):
        tiny_runs.publish(home, DAY + timedelta(days=nth), f"{nth:012x}", sku_list=[{"sku_id": "S1"}])
    _timed(home, f"{asked.days} list dates")
    tiny_runs.publish(home, DAY + timedelta(days=asked.days), "ff", sku_list=[{"sku_id": "S1"}])
    _timed(home, "one night more")
    _timed(home, "a delivery of nothing")
    return int(len(set(iceberg_copy.main(home))) != asked.days + 1)


def measure_readers(home: Home, asked: argparse.Namespace) -> int:
    """Print what readers saw during publications and recalls; return how many reads were mixed or failed."""
    few_tables()
    _small(home, 0)
    copied(home)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.iceberg_copy"])
    end, seen = processes.Event(), processes.Queue()
    readers = [processes.Process(target=_read_on, args=(home.root, end, seen)) for _ in range(asked.readers // 10)]
    for reader in readers:
        reader.start()
    for nth in range(1, asked.publications + 1):
        _small(home, nth)
        copied(home)
    end.set()
    told: list[tuple[int, int, list[str]]] = [seen.get() for _ in readers for _ in range(10)]
    for reader in readers:
        reader.join()
    mixed, failed = sum(one[1] for one in told), [fault for one in told for fault in one[2]]
    print(
        f"{len(told)} readers, {asked.publications} publications and recalls: {sum(one[0] for one in told):,} reads, "
        f"{mixed} mixed, {len(failed)} failed {sorted(set(failed))[:3]}",
        flush=True,
    )
    return mixed + len(failed)


def measure_kills(home: Home, asked: argparse.Namespace) -> int:
    """Kill deliveries, half of them at a random write and half at a random time; print and return after how many the
    next one did not make the copy level."""
    few_tables()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.iceberg_copy"])
    draw, broken, killed = random.Random(asked.seed), 0, 0

    def copying(wanted: int, seconds: float | None) -> int | None:
        process = processes.Process(target=iceberg_copy.copy_until, args=(home.root, wanted))
        process.start()
        process.join(seconds)
        process.kill()
        process.join()
        return process.exitcode

    for nth in range(-2, asked.kills):
        run = _small(home, nth + 2)
        began = time.monotonic()
        if nth < 0:
            copying(0, None)
            longest = time.monotonic() - began
            writes = int(home.root.with_name("writes").read_text(encoding="utf-8"))
        elif nth % 2:
            killed += copying(draw.randint(1, writes), None) == -9
        else:
            killed += copying(0, draw.uniform(0, longest)) == -9
        copied(home)
        broken += not _is_level(home, run)
    print(f"{asked.kills} deliveries, {killed} killed before their end: {broken} not level after the next", flush=True)
    return broken


def _is_level(home: Home, run: run_store.CurrentRun) -> bool:
    """Whether a copy shows what the home shows, has the newest `run` under its tag and nothing beside."""
    shown = {one.run_id for one in run_store.current_runs(home)}
    each = [
        set(iceberg_copy.main(home, table)) == shown and f"run-{run.run_id}" in tags(home, table)
        for table in iceberg_copy.FEW
    ]
    return all(each) and not unnamed_files(home)


def _timed(home: Home, what: str) -> None:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    count = copied(home)
    after, seconds = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - began
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {count} new, {seconds:.1f} s, {spent:.1f} CPU-s (load {os.getloadavg()[0]:.1f})", flush=True)


def _publish(home: Home, run_id: str, shift: float) -> run_store.CurrentRun:
    """Publish a run of 1.5 million matches whose fits are moved by `shift`."""
    run = tiny_runs.seal(home, DAY, run_id, sku_list=[{"sku_id": f"S{nth:06d}"} for nth in range(LISTED)])
    schema, size = load_contract("agent_matches").arrow_schema(), AGENTS * SLOTS
    agents = np.repeat(np.char.add("A", np.char.zfill(np.arange(AGENTS).astype(str), 7)), SLOTS)
    ranks, fit = np.tile(np.arange(SLOTS), AGENTS), np.random.default_rng(5).random(size).round(6)
    own = {
        "list_date": pa.repeat(pa.scalar(DAY), size),
        "as_of_date": pa.repeat(pa.scalar(DAY - timedelta(days=1)), size),
        "run_id": pa.repeat(pa.scalar(run_id), size),
        "agent_id": pa.array(agents),
        "sku_id": pa.array(np.char.add("S", np.char.zfill(((ranks * 67) % LISTED).astype(str), 6))),
        "match_rank": pa.array(ranks + 1, pa.int32()),
        "fit": pa.array((fit + shift).clip(0, 1)),
        "reasons": pa.array([REASONS] * size),
    }
    loose = pa.schema([field.with_nullable(True) for field in schema])
    rows = pa.table([own.get(field.name, pa.nulls(size, field.type)) for field in schema], schema=loose)
    pq.write_table(rows, run_store.run_folder(home, run) / "agent_matches.parquet", compression="zstd")
    run_store.point_to(home, run)
    return run


def _small(home: Home, nth: int) -> run_store.CurrentRun:
    """Publish a list date's list or, three times of four, a recalled one; it has one mention and up to six more."""
    day = DAY + timedelta(days=nth // 4)
    rows = [{"message_id": f"M{row}"} for row in range(1 + nth % 7)]
    state = "recalled" if nth % 4 else tiny_runs.SHOWN
    return tiny_runs.publish(
        home, day, f"{nth:012x}", state, sku_list=[{"sku_id": "S1", "list_rank": nth}], feedback_mentions=rows
    )


def _read_on(root: Path, end: Event, seen: multiprocessing.Queue[tuple[int, int, list[str]]]) -> None:
    """Read with ten threads until the end; put reads, mixed reads and failures of each."""
    os.nice(10)  # many readers leave the one who publishes its turn

    def read_all() -> None:
        reads, mixed, failed = 0, 0, list[str]()
        while not end.is_set():
            try:
                mixed += not _is_whole(Home(root))
            except FAULTS as error:
                failed.append(repr(error)[:200])
            reads += 1
        seen.put((reads, mixed, failed))

    threads = [threading.Thread(target=read_all) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _is_whole(home: Home) -> bool:
    """Read the newest list that `main` shows, then its mentions by its run; whether both are of one run."""
    with reading(home) as catalog:
        listed = catalog.load_table("xuanpin.sku_list").scan().to_arrow().sort_by("list_date")
        run_id, number = listed["run_id"][-1].as_py(), listed["list_rank"][-1].as_py()
        mentions = catalog.load_table("xuanpin.feedback_mentions").scan().use_ref(f"run-{run_id}").to_arrow()
    of_each_date = len(set(listed["list_date"].to_pylist())) == listed.num_rows
    runs: list[str] = mentions["run_id"].to_pylist()
    return of_each_date and runs == [run_id] * (1 + number % 7)


PARTS = {"load": measure_load, "year": measure_year, "readers": measure_readers, "kills": measure_kills}

if __name__ == "__main__":
    main()
