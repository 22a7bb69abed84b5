"""Programs that read what is published while it is replaced; each ends with an error where it sees two runs mixed.

A reader knows no code of ours: it follows the pointer, opens the file or applies the feed, as the documents say. Given
are the published folder and a file whose appearance ends it; it prints how often it has read.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOOP = """
import json, os, pathlib, random, sys, time
os.nice(10)  # many readers leave the one who publishes its turn
root, stop, reads = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 0
{prepare}
while not stop.exists() or not reads:
{read}
    reads += 1
    time.sleep(random.uniform(0.02, {pause}))
print(reads)
"""
PARQUET = """
    at = json.loads((root / "current.json").read_text())
    folder = root / f"list_date={at['list_date']}" / at["run_dir"]
    tables = {n: pq.read_table(folder / f"{n}.parquet", partitioning=None) for n in ("sku_list", "agent_matches")}
    for table in tables.values():
        assert set(table["run_id"].to_pylist()) == {at["run_id"]}
    assert set(tables["agent_matches"]["sku_id"].to_pylist()) <= set(tables["sku_list"]["sku_id"].to_pylist())
"""
DATABASE = """
    with duckdb.connect(str(root / "published.duckdb"), read_only=True, config={"threads": 1}) as database:
        assert database.execute(mixed).fetchall() == []
        dates = database.execute("select count(distinct list_date), count(distinct run_id) from sku_list").fetchone()
        assert dates == (2, 2), dates
        shown = database.execute("select run_id from runs.versions where is_current order by 1").fetchall()
        assert shown == database.execute("select distinct run_id from sku_list order by 1").fetchall()
        assert database.execute(unknown).fetchall() == []
"""
MIXED = """
import duckdb
mixed = '''
select l.list_date from (select distinct list_date, run_id from sku_list) as l
full join (select distinct list_date, run_id from agent_matches) as m
on l.list_date = m.list_date and l.run_id = m.run_id
where l.run_id is null or m.run_id is null
'''
unknown = '''
select v.run_id from runs.versions as v
left join (select distinct run_id from runs.sku_list) as l on v.run_id = l.run_id
left join (select distinct run_id from runs.agent_matches) as m on v.run_id = m.run_id
where l.run_id is null or m.run_id is null
'''
"""
FEED = """
    follower.catch_up()
    assert set(sku for _, sku in follower.rows["agent_matches"]) <= set(sku for sku, in follower.rows["sku_list"])
    assert follower.loaded <= 1
"""
READERS = {
    "parquet": ("import pyarrow.parquet as pq", PARQUET),
    "database": (MIXED, DATABASE),
    "feed": ("from tests.support.follower import Follower\nfollower = Follower(root)", FEED),
}
"""What a reader of each store prepares, and what it does each time."""


def start_reader(store: str, published: Path, stop: Path, pause: float = 0.08) -> subprocess.Popen[str]:
    """Start a reader of a `store`; it rests for up to `pause` seconds between its readings."""
    prepare, read = READERS[store]
    script = LOOP.replace("{prepare}", prepare).replace("{read}", read.strip("\n")).replace("{pause}", str(pause))
    return subprocess.Popen(
        [sys.executable, "-c", script, published, stop], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(readers: Sequence[subprocess.Popen[str]], stop: Path) -> tuple[list[int], list[str]]:
    """End the readers; return how often each has read, and what those said that failed."""
    stop.touch()
    said = [reader.communicate(timeout=120) for reader in readers]
    return [int(reads or 0) for reads, _ in said], [errors for _, errors in said if errors]
