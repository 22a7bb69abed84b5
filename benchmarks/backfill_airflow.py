"""Backfill a range of dates through a whole Airflow and compare each night, byte by byte, with the command line's.

python -m benchmarks.backfill_airflow --dates 14
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from tools.airflow_local import Client, Place, running
from tools.airflow_run import DAGS, NIGHTLY, until
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

SEED = 7


def backfill(place: Place, client: Client, days: list[date]) -> Iterator[tuple[date, str]]:
    """Ask Airflow to run the nights of these days again, as the documents say; yields days and states as they end."""
    until(lambda: client.get("dags")["total_entries"] >= DAGS)
    command = ["airflow", "backfill", "create", "--dag-id", "xuanpin_deadline", "--max-active-runs", "1"]
    command += ["--from-date", f"{days[0]}", "--to-date", f"{days[-1]}T23:59:59"]
    command += ["--reprocess-behavior", "completed"]
    subprocess.run(command, env=place.environment(), check=True, stdout=subprocess.DEVNULL)
    asked, ended = {day.isoformat() for day in days}, set[str]()
    while ended < asked:
        for run in sorted(client.get(NIGHTLY, limit=100)["dag_runs"], key=lambda run: run["partition_key"]):
            key, state = run["partition_key"], run["state"]
            # The deadline of the day that has just closed comes by itself.
            if key in asked - ended and state in ("success", "failed"):
                ended.add(key)
                yield date.fromisoformat(key), state
        time.sleep(2)


def hashes(home: Home, day: date) -> dict[str, str]:
    """The hash of every published table of the night of a day."""
    folder = run_store.run_folder(home, run_store.require_run(home, day + timedelta(days=1)))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


def main(dates: Annotated[int, typer.Option(help="How many dates, the last of them 2026-11-21.")] = 14) -> None:
    """Print, for each date, whether Airflow's night equals the command line's."""
    days = [LAST_HISTORY_DAY - timedelta(days=back) for back in reversed(range(dates))]
    with tempfile.TemporaryDirectory(prefix="xuanpin-backfill-") as folder:
        root = Path(folder)
        write_history(World(SEED, TINY), root / "sources")
        (root / "xuanpin.toml").write_text("", encoding="utf-8")
        by_hand = Home(root / "by_hand")
        for day in days:
            run_night(RunRequest(day, by_hand, root / "sources", Settings(), datetime.now(BEIJING)))
        place = Place(root / "airflow", root / "home", root / "sources", root / "xuanpin.toml", 18190)
        equal = 0
        with running(place) as client:
            for day, state in backfill(place, client, days):
                is_equal = hashes(by_hand, day) == hashes(Home(place.home), day)
                equal += is_equal
                typer.echo(f"{day}: {state} in Airflow, {'equal to' if is_equal else 'other than'} the command line's")
    typer.echo(f"{equal} of {dates} nights equal the command line's, byte for byte")


if __name__ == "__main__":
    typer.run(main)
