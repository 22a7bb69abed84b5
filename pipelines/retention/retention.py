"""Deletes what is older than settings say: runs, outboxes, words, history and log lines; never a current list."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.retention.traces import BIN
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings.running import RetentionSettings

ORDER_LINE_TABLES = ("source.returns", "history.order_line_timeline", "source.orders")
"""Tables from which old order lines go, in the order in which they have to go."""
CHANGED_BUYERS = "night.int_buyers_changed"
"""Buyers whose lines have changed since a night judged them."""
DAILY_TABLES = ("source.chat_messages", "history.mentions", "history.group_posts")
"""Tables whose rows go with the day from which they are known."""
_OLD_DAYS = "temp.old_days"


def tidy(night: Night) -> dict[str, int]:
    """Delete what settings no longer keep, counted from the day of `night.now`; return how many of each kind.

    Daily sums and learnt models stay, and so do the fingerprints of what arrived: a run for a date within the kept
    history has the same name and rows as before.
    """
    limits, today = night.settings.retention, night.now.date()
    with sealing.lock_published(night.home):
        deleted = {"runs": _delete_runs(night.home, night.settings.publish.database_days, limits, today)}
    deleted["outboxes"] = _delete_outboxes(night.home, today - timedelta(days=limits.other_run_days))
    deleted["exports sent to the desk"] = _delete_exports(night.home, limits.other_run_days, night.now)
    deleted["log lines"] = _shorten_log(night.home.logs / "xuanpin.log", today - timedelta(days=limits.log_days))
    deleted["months of the audit log"] = _delete_audit(night.home.logs, today - timedelta(days=limits.run_days))
    rows = _delete_rows(night.engine, limits, today)
    if any(rows.values()):
        night.engine.rewrite()
    return deleted | rows


def _delete_runs(home: Home, database_days: int, limits: RetentionSettings, today: date) -> int:
    """Delete whole list dates, and within the others the runs that are neither current nor pending; return how many.

    Each folder leaves in one step, pointers and all, for a bin that is emptied when nothing points there any more.
    """
    rubbish = home.published / BIN
    shutil.rmtree(rubbish, ignore_errors=True)
    old = _old_folders(home, limits, today)
    if old:
        rubbish.mkdir()
        with sealing.unsettled(home, database_days):
            for number, (folder, _) in enumerate(old):
                folder.rename(rubbish / str(number))
            sealing.rebuild_database(home, database_days)
        shutil.rmtree(rubbish)
    return sum(count for _, count in old)


def _old_folders(home: Home, limits: RetentionSettings, today: date) -> list[tuple[Path, int]]:
    """Return the folders to delete, each with how many runs go with it; none where readers see no list."""
    current, found = run_store.current_run(home), list[tuple[Path, int]]()
    for folder in sorted(home.published.glob("list_date=*")):
        list_date = _list_date(folder)
        if current is None or list_date is None or list_date.isoformat() == current.list_date:
            continue
        age, runs = (today - list_date).days, sorted(path for path in folder.iterdir() if path.is_dir())
        if age <= limits.other_run_days:
            continue
        if age > limits.run_days:
            found.append((folder, len(runs)))
            continue
        referenced = (run_store.current_run(home, list_date), run_store.pending_run(home, list_date))
        kept_names = {run.run_dir for run in referenced if run is not None}
        found += [(path, 1) for path in runs if path.name not in kept_names]
    return found


def _delete_exports(home: Home, kept_days: int, now: datetime) -> int:
    """Delete the exports that were sent to the desk, with their answers and settings, once nobody has touched them for
    so many days; return how many files were sent."""
    sent = list((home.connect / "exports").glob("*"))
    first = (now - timedelta(days=kept_days)).timestamp()
    if not home.connect.exists() or any(file.stat().st_mtime >= first for file in home.connect.rglob("*")):
        return 0
    shutil.rmtree(home.connect)
    return len(sent)


def _delete_outboxes(home: Home, first: date) -> int:
    """Delete the messages of list dates before a day; return of how many list dates."""
    old = [path for path in home.outbox.glob("list_date=*") if (day := _list_date(path)) and day < first]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def _delete_audit(logs: Path, first: date) -> int:
    """Delete the months of the desk's audit log before that of a day, which no kept run needs; return how many."""
    kept = f"audit-{first:%Y-%m}.jsonl"
    old = [path for path in logs.glob("audit-????-??.jsonl") if path.name < kept]
    for path in old:
        path.unlink()
    return len(old)


def _list_date(folder: Path) -> date | None:
    """Return the list date of a folder; None where its name has none, as of something that is not ours."""
    try:
        return date.fromisoformat(folder.name.partition("=")[2])
    except ValueError:
        return None


def _delete_rows(engine: Engine, limits: RetentionSettings, today: date) -> dict[str, int]:
    words_before = today - timedelta(days=limits.chat_days)
    before = today - timedelta(days=limits.history_days)
    with engine.transaction():
        deleted = {"messages' words": blank_words(engine, words_before)}
        engine.materialise("old_order_lines", into="temp", before=before)
        if engine.exists(CHANGED_BUYERS):
            engine.insert("buyers_of_old_lines", into=CHANGED_BUYERS)
        for table in ORDER_LINE_TABLES:
            deleted[table] = engine.delete_keys(table, keys="temp.old_order_lines", on="order_line_id")
        engine.drop("temp.old_order_lines")
        for table in DAILY_TABLES:
            deleted[table] = delete_days(engine, table, before)
        deleted["source.inventory"] = engine.run("old_stock_counts", before=before)
    return deleted


def blank_words(engine: Engine, before: date) -> int:
    """Take the text of every message from before a day and return how many had one; their rows stay."""
    table = "source.chat_messages"
    with _days_before(engine, table, before) as days:
        return engine.overwrite(table, "text", new="", keys=days, on="known_on")


def delete_days(engine: Engine, table: str, before: date) -> int:
    """Delete the rows of a table that are known from a day before another; return how many."""
    with _days_before(engine, table, before) as days:
        return engine.delete_keys(table, keys=days, on="known_on")


@contextmanager
def _days_before(engine: Engine, table: str, day: date) -> Iterator[str]:
    """Name a table of the days before a `day` on which rows of a table are known, for the block."""
    days = engine.distinct(table, "known_on")
    engine.store(_OLD_DAYS, days.filter(pc.less(days["known_on"], pa.scalar(day, pa.date32()))))
    yield _OLD_DAYS
    engine.drop(_OLD_DAYS)


def _shorten_log(path: Path, first: date) -> int:
    """Delete lines before a day; return how many. A line without a date goes with the line before it."""
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if first.isoformat() <= line[:10] <= "9999-12-31"), len(lines))
    if start:
        with run_store.replacing(path) as out:
            out.writelines(lines[start:])
    return start
