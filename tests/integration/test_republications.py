"""Readers of each store while lists are republished and recalled: no error, never two runs mixed."""

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.platform_rows import LAST_DAY
from tests.support.store_readers import READERS, ended, start_reader
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)
PUBLICATIONS = 20
RECALLS = 3


def test_readers_never_see_an_error_or_two_runs_mixed(published: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    first, stop = run_store.require_run(home), tmp_path / "stop"
    readers = [start_reader(store, home.published, stop) for store in READERS]
    try:
        goods = run_store.read_table(home, first, "sku_list")["sku_id"].to_pylist()[:RECALLS]
        recalled = [recall(home, Settings(), Recall(sku, LIST_DATE, "抽检不合格", "王采", NOW)) for sku in goods]
        for nth in range(PUBLICATIONS - RECALLS):
            with sealing.lock_published(home):
                sealing.make_current(home, 30, [first, *recalled][nth % (1 + RECALLS)])
            time.sleep(0.01)
        assert [reader.poll() for reader in readers] == [None] * len(readers), [
            reader.stderr.read() for reader in readers if reader.stderr
        ]
    finally:
        reads, errors = ended(readers, stop)
    assert errors == []
    assert all(count >= 2 for count in reads)
