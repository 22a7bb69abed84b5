"""Deletes what is older than settings say: runs, the words of messages, history and log lines; never a current list."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings.running import RetentionSettings

OLD_LINES = "select order_line_id from source.orders group by order_line_id having max(known_on) < $before"
HISTORY = {
    # Order lines go whole, with what hangs on them: a line without its older versions would tell another story.
    "source.returns": f"order_line_id in ({OLD_LINES})",
    "history.order_line_timeline": f"order_line_id in ({OLD_LINES})",
    "source.orders": f"order_line_id in ({OLD_LINES})",
    "source.chat_messages": "known_on < $before",
    "history.mentions": "known_on < $before",
    "history.group_posts": "known_on < $before",
    # The newest count of a SKU stays, however old: it still is its stock.
    "source.inventory": (
        "known_on < $before and as_of_date < "
        "(select max(newer.as_of_date) from source.inventory as newer where newer.sku_id = inventory.sku_id)"
    ),
}
"""Per table the rows that a day of history takes with it, in the order in which they have to go."""


def tidy(night: Night) -> dict[str, int]:
    """Delete what settings no longer keep, counted from the day of `night.now`; returns how much of each thing went.

    Daily sums and what was learnt stay, and so do the fingerprints of what arrived: a run for a date within the kept
    history has the same name and rows as before.
    """
    kept, today = night.settings.retention, night.now.date()
    with sealing.holding(night.home):
        gone = {"runs": _delete_runs(night.home, kept, today)}
        if gone["runs"]:
            sealing.rebuild_database(night.home, night.settings.publish.database_days)
    gone["log lines"] = _shorten_log(night.home.logs / "xuanpin.log", today - timedelta(days=kept.log_days))
    return gone | _delete_rows(night.engine, kept, today)


def _delete_runs(home: Home, kept: RetentionSettings, today: date) -> int:
    """Delete whole list dates, and within the others the runs that are neither current nor waiting."""
    current = run_store.current_run(home)
    count = 0
    for folder in sorted(home.published.glob("list_date=*")):
        list_date = date.fromisoformat(folder.name.partition("=")[2])
        age = (today - list_date).days
        found = sorted(path for path in folder.iterdir() if path.is_dir())
        if current is None or current.list_date == list_date.isoformat() or age <= kept.other_run_days:
            continue
        shown = (run_store.current_run(home, list_date), run_store.pending_run(home, list_date))
        stay = set() if age > kept.run_days else {run.run_dir for run in shown if run is not None}
        for path in found:
            if path.name not in stay:
                shutil.rmtree(path)
                count += 1
        if not stay:
            shutil.rmtree(folder)
    return count


def _delete_rows(engine: Engine, kept: RetentionSettings, today: date) -> dict[str, int]:
    words_before = today - timedelta(days=kept.chat_days)
    before = today - timedelta(days=kept.history_days)
    gone = {}
    with engine.transaction():
        wordy = "known_on < $before and text <> ''"
        gone["messages' words"] = count_rows(engine, "source.chat_messages", wordy, before=words_before)
        engine.execute(f"update source.chat_messages set text = '' where {wordy}", before=words_before)
        for table, condition in HISTORY.items():
            gone[table] = count_rows(engine, table, condition, before=before)
            engine.execute(f"delete from {table} where {condition}", before=before)
    return gone


def count_rows(engine: Engine, table: str, condition: str, **parameters: object) -> int:
    """How many rows of a table meet a condition."""
    return int(engine.query(f"select count(*) as n from {table} where {condition}", **parameters)["n"][0].as_py())


def _shorten_log(path: Path, first: date) -> int:
    """Drop lines before a day; returns how many. A line without a date goes with the line before it."""
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if first.isoformat() <= line[:10] <= "9999-12-31"), len(lines))
    if start:
        with run_store.replacing(path) as out:
            out.writelines(lines[start:])
    return start
