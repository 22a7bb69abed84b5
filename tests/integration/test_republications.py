"""Readers of Parquet and of the database during fifty republications: no error, and never two runs mixed."""

import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)
PUBLICATIONS = 50
RECALLS = 5

# A reader knows no code of ours: it follows the pointer, or opens the file, as the documents say.
PARQUET_READER = """
import json, pathlib, sys, time
import pyarrow.parquet as pq
root, stop, reads = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 0
while not stop.exists() or not reads:
    at = json.loads((root / "current.json").read_text())
    folder = root / f"list_date={at['list_date']}" / at["run_dir"]
    tables = {n: pq.read_table(folder / f"{n}.parquet", partitioning=None) for n in ("sku_list", "agent_matches")}
    for table in tables.values():
        assert set(table["run_id"].to_pylist()) == {at["run_id"]}
    assert set(tables["agent_matches"]["sku_id"].to_pylist()) <= set(tables["sku_list"]["sku_id"].to_pylist())
    reads += 1
    time.sleep(0.05)
print(reads)
"""
DATABASE_READER = """
import pathlib, sys, time
import duckdb
root, stop, reads = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 0
mixed = '''
select l.list_date from (select distinct list_date, run_id from sku_list) as l
full join (select distinct list_date, run_id from agent_matches) as m
on l.list_date = m.list_date and l.run_id = m.run_id
where l.run_id is null or m.run_id is null
'''
while not stop.exists() or not reads:
    with duckdb.connect(str(root / "published.duckdb"), read_only=True) as database:
        assert database.execute(mixed).fetchall() == []
        dates = database.execute("select count(distinct list_date), count(distinct run_id) from sku_list").fetchone()
        assert dates == (2, 2), dates
    reads += 1
    time.sleep(0.05)
print(reads)
"""


def test_readers_never_see_an_error_or_two_runs_mixed(published: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    first, stop = run_store.require_run(home), tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", script, home.published, stop],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for script in (PARQUET_READER, DATABASE_READER)
    ]
    try:
        goods = run_store.read_table(home, first, "sku_list")["sku_id"].to_pylist()[:RECALLS]
        recalled = [recall(home, Settings(), Recall(sku, LIST_DATE, "抽检不合格", "王采", NOW)) for sku in goods]
        for nth in range(PUBLICATIONS - RECALLS):
            with sealing.lock_published(home):
                sealing.make_current(home, 30, [first, *recalled][nth % (1 + RECALLS)])
            time.sleep(0.01)
        assert [reader.poll() for reader in readers] == [None, None], [
            reader.stderr.read() for reader in readers if reader.stderr
        ]
    finally:
        stop.touch()
        said = [reader.communicate(timeout=60) for reader in readers]
    assert [errors for _, errors in said] == ["", ""]
    assert all(int(reads) >= 2 for reads, _ in said)
