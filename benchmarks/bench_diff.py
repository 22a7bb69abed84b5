"""What two runs beside each other cost, and one SKU over many nights: CPU-seconds and peak memory.

Run: python -m benchmarks.bench_diff [--agents 100000] [--skus 50000] [--nights 90]

Rows are drawn (seeded): every agent has fifteen matches of a thousand listed SKUs, two thirds of them the same in both
runs. Starting the process and loading libraries is told apart. The nights of one SKU are one drawn night under many
dates, by links; the first look loads libraries and is told apart from a second one at another SKU.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.meter import peak_mib
from xuanpin.pipelines import run_store
from xuanpin.pipelines.comparing.compare import compare
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.looking_back.nights import seen_nights
from xuanpin.pipelines.looking_back.sku import sku_life
from xuanpin.pipelines.run_store.sealing import MOST_TOGETHER, ROWS_TOGETHER

LIST_DATE = date(2026, 11, 22)
LISTED, SLOTS = 1_000, 15
REASON = "listed_core:score=0.5000"


def drawn(table: str, seed: int, **own: pa.Array) -> pa.Table:
    """Return rows of a published table with the columns `own`; all others are drawn with `seed`."""
    random, size = np.random.default_rng(seed), len(next(iter(own.values())))
    columns = [own.get(field.name, _any(field.type, size, random)) for field in load_contract(table).arrow_schema()]
    schema = load_contract(table).arrow_schema()
    return pa.table(columns, schema=pa.schema([field.with_nullable(True) for field in schema]))


def _any(kind: pa.DataType, size: int, random: np.random.Generator) -> pa.Array:
    if pa.types.is_list(kind):
        return pa.array([[REASON]] * size, kind)
    if pa.types.is_string(kind):
        return pa.array(np.char.add("low_value_", random.integers(0, 12, size).astype(str)))
    if pa.types.is_date(kind):
        return pa.array([LIST_DATE] * size, kind)
    if pa.types.is_boolean(kind):
        return pa.array(random.random(size) < 0.5)
    if pa.types.is_integer(kind):
        return pa.array(random.integers(0, 500, size)).cast(kind)
    return pa.array(np.round(random.random(size), 2)).cast(kind)


def publish(home: Home, day: date, agents: int, skus: int, seed: int) -> run_store.CurrentRun:
    """Publish a drawn run for `day` and return it."""
    ids = np.char.add("S", np.char.zfill(np.arange(skus).astype(str), 6))
    random = np.random.default_rng(seed)
    listed = np.sort(random.choice(ids, LISTED, replace=False)) if seed % 2 else ids[:LISTED]
    run = run_store.CurrentRun(f"{seed:06d}", f"run={seed:06d}", day.isoformat(), day.isoformat(), "auto_approved")
    tables = {
        "sku_list": drawn(
            "sku_list", seed, sku_id=pa.array(listed), list_rank=pa.array(np.arange(LISTED) + 1, pa.int32())
        ),
        "sku_scorecard": drawn("sku_scorecard", seed, sku_id=pa.array(ids)),
        "agent_matches": _matches(agents, seed),
        "agent_summary": drawn("agent_summary", seed, agent_id=pa.array(["A1"])),
        "run_quality": drawn("run_quality", seed, check_name=pa.array(["stock"])),
        "alarms": drawn("alarms", seed, entity_id=pa.array(["S000001"])),
    }
    folder = run_store.run_folder(home, run)
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        file = folder / f"{name}.parquet"
        pq.write_table(rows, file, compression="zstd", row_group_size=ROWS_TOGETHER.get(name, MOST_TOGETHER))
    counts = {name: rows.num_rows for name, rows in tables.items()}
    facts = {"run_id": run.run_id, "state": run.state, "row_counts": counts}
    run_store.replace_json(folder / run_store.MANIFEST, facts)
    run_store.point_to(home, run)
    return run


def _matches(agents: int, seed: int) -> pa.Table:
    owner = np.repeat(np.arange(agents), SLOTS)
    place = np.tile(np.arange(SLOTS), agents)
    # Two thirds of an agent's slots hold the same SKU in every run.
    number = (owner * 7 + place * 61 + np.where(place < 10, 0, seed * 13)) % LISTED
    return drawn(
        "agent_matches",
        seed,
        agent_id=pa.array(np.char.add("A", np.char.zfill(owner.astype(str), 7))),
        sku_id=pa.array(np.char.add("S", np.char.zfill(number.astype(str), 6))),
        match_rank=pa.array(place + 1, pa.int32()),
    )


def spent() -> float:
    """CPU-seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(home: Home) -> str:
    """Return one line on the comparison of the last two runs of a home."""
    before, after = run_store.current_runs(home)[-2:]
    loaded, begun = spent(), time.perf_counter()
    found = compare(home, before, after)
    cost, wall = spent() - loaded, time.perf_counter() - begun
    peak = peak_mib() / 1024
    return (
        f"diff of {found.matches['matches_after']:,} matches, {found.matches['came']:,} of which came: "
        f"{cost:.2f} CPU-s, {wall:.2f} s, peak {peak:.2f} GB; process and libraries: {loaded:.2f} CPU-s"
    )


def many_nights(home: Home, nights: int) -> None:
    """Show the last run of a home on so many earlier list dates too, by links to its files."""
    run = run_store.current_runs(home)[-1]
    for days in range(2, nights):
        day = (LIST_DATE - timedelta(days=days)).isoformat()
        other = replace(run, list_date=day, run_id=f"{days:06d}", run_dir=f"run={days:06d}")
        folder = run_store.run_folder(home, other)
        folder.mkdir(parents=True)
        for file in run_store.run_folder(home, run).iterdir():
            (folder / file.name).hardlink_to(file)
        run_store.point_to(home, other)


def look_back(home: Home) -> str:
    """Return one line on the lives of two SKUs over all nights of a home."""
    spent_by_look = []
    for sku_id in ("S000007", "S000991"):
        begun = spent()
        found = sku_life(home, seen_nights(home), sku_id)
        spent_by_look.append(spent() - begun)
    assert found is not None
    first, second = spent_by_look
    peak = peak_mib() / 1024
    return f"one SKU over {len(found.nights)} nights: {first:.2f}, then {second:.2f} CPU-s, peak {peak:.2f} GB"


def main() -> None:
    """Draw two runs, and compare them and look back in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, default=100_000)
    parser.add_argument("--skus", type=int, default=50_000)
    parser.add_argument("--nights", type=int, default=90)
    parser.add_argument("--home", type=Path, help="measure this home instead")
    parser.add_argument("--what", choices=["diff", "look"], default="diff")
    asked = parser.parse_args()
    if asked.home is not None:
        print({"diff": measure, "look": look_back}[asked.what](Home(asked.home)))
        return
    with tempfile.TemporaryDirectory(prefix="xuanpin-bench-") as folder:
        for seed, day in ((1, LIST_DATE - timedelta(days=1)), (2, LIST_DATE)):
            publish(Home(Path(folder)), day, asked.agents, asked.skus, seed)
        command = [sys.executable, "-m", "benchmarks.bench_diff", "--home", folder, "--what"]
        subprocess.run([*command, "diff"], check=True)
        many_nights(Home(Path(folder)), asked.nights)
        subprocess.run([*command, "look"], check=True)


if __name__ == "__main__":
    main()
