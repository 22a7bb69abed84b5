"""What a benchmark's meter counts while a thread's statement still runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import duckdb

from benchmarks.meter import Meter, ProfiledConnection
from xuanpin.pipelines.nightly import STEPS

INGEST, LOAD_HISTORY = STEPS[:2]


def test_a_statement_of_another_thread_is_left_to_it_and_counts_to_the_step_in_which_it_ends() -> None:
    meter, has_begun, may_end = Meter(), Event(), Event()

    def waiting(number: int) -> int:
        has_begun.set()
        assert may_end.wait(timeout=30)
        return number

    database = duckdb.connect()
    database.execute("create table numbers as select range as number from range(7)")
    connection = ProfiledConnection(database, meter)
    connection.create_function("waiting", waiting, ["bigint"], "bigint")
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(lambda: connection.execute("select waiting(number) from numbers").fetchall())
        assert has_begun.wait(timeout=30)
        meter.begin(INGEST)
        may_end.set()
        assert len(running.result()) == 7
        connection.close()
    meter.begin(LOAD_HISTORY)

    assert [(name, figures.rows_read) for name, figures in meter.steps.items()] == [("opening", 0), ("ingest", 7)]
