"""The published folder as its readers see it: which run is current for a list date, and that run's tables."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import file_rows, file_rows_among
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import Phrase, phrase

log = logging.getLogger("xuanpin")
STATES: Mapping[str, Phrase] = {
    "auto_approved": phrase("auto approved"),
    "approved": phrase("approved"),
    "fallback": phrase("fallback"),
    "recalled": phrase("recalled"),
    "pending": phrase("pending"),
    "held": phrase("held"),
    "rejected": phrase("rejected"),
}
"""What messages call the states of a run."""
CURRENT_STATES = ("auto_approved", "approved", "fallback", "recalled")
WAITING_STATES = ("pending", "held")
"""States of a run that readers see only once a person has approved it; `held`: a brake stopped it."""
CURRENT = "current.json"
MANIFEST = "manifest.json"
PENDING = "pending.json"


@dataclass(frozen=True)
class CurrentRun:
    """Point to the run that a list date shows.

    `run_id`: hash of 64 hexadecimal digits; `run_dir`: name of its folder; `list_date` and `as_of_date`: ISO dates;
    `state`: one of CURRENT_STATES or WAITING_STATES, or rejected.
    """

    run_id: str
    run_dir: str
    list_date: str
    as_of_date: str
    state: str


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file to write, put in place in one step: a reader sees the old one or the new one, never half of one.

    What is written keeps its line ends. Its hidden name until it is whole keeps a night from reading it as a drop.
    """
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as out:
        # Whoever may open the folder may open the file.
        os.fchmod(out.fileno(), path.parent.stat().st_mode & 0o666)
        yield out
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as a JSON file in one step; readers see the old file or the new one."""
    with replacing(path) as out:
        json.dump(content, out, ensure_ascii=False, indent=1, sort_keys=True)
        out.write("\n")


def sync(path: Path) -> None:
    """Have the machine keep a file or a folder, whatever happens to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_to(home: Home, current: CurrentRun) -> None:
    """Make a run current for its list date and, when that is the latest list date, for the home."""
    replace_json(home.list_dir(date.fromisoformat(current.list_date)) / CURRENT, asdict(current))
    latest = _pointer(home, home.published / CURRENT)
    if latest is None or latest.list_date <= current.list_date:
        replace_json(home.published / CURRENT, asdict(current))


def point_to_latest(home: Home) -> None:
    """Make the current run of the latest list date current for the home, where it is not."""
    latest = max(current_runs(home), key=lambda run: run.list_date, default=None)
    if latest is not None and latest != _pointer(home, home.published / CURRENT):
        replace_json(home.published / CURRENT, asdict(latest))


def point_away(home: Home, run: CurrentRun, latest: CurrentRun | None) -> None:
    """Make no run current for the list date of `run`; `latest` is the run of the latest list date that is left.

    The list date's own pointer goes last, so that what was cut short is seen and done again.
    """
    if latest is None:
        (home.published / "current.json").unlink(missing_ok=True)
    else:
        replace_json(home.published / "current.json", asdict(latest))
    (home.list_dir(date.fromisoformat(run.list_date)) / "current.json").unlink()


def current_run(home: Home, list_date: date | None = None) -> CurrentRun | None:
    """Return the current run of a list date (of the latest one without a date), or None where none is published."""
    if list_date is not None:
        return _pointer(home, home.list_dir(list_date) / CURRENT)
    return _pointer(home, home.published / CURRENT) or max(
        current_runs(home), key=lambda run: run.list_date, default=None
    )


def pending_run(home: Home, list_date: date) -> CurrentRun | None:
    """Return the run of a list date that waits for approval, pending or held, or None; one that is shown does not."""
    pending = _pointer(home, home.list_dir(list_date) / PENDING)
    shown = current_run(home, list_date)
    return None if pending is None or (shown is not None and shown.run_id == pending.run_id) else pending


def pending_runs(home: Home) -> list[CurrentRun]:
    """Return every run that waits for approval, pending or held, oldest list date first."""
    days = [date.fromisoformat(run.list_date) for run in _pointers(home, PENDING)]
    return [run for day in days if (run := pending_run(home, day)) is not None]


def await_review(home: Home, run: CurrentRun) -> None:
    """Note that a run, pending or held, waits for approval; an older one of its list date is dropped."""
    replace_json(home.list_dir(date.fromisoformat(run.list_date)) / PENDING, asdict(run))


def review_done(home: Home, list_date: date) -> None:
    """Note that no run of this list date is pending any longer."""
    (home.list_dir(list_date) / PENDING).unlink(missing_ok=True)


def require_run(home: Home, list_date: date | None = None) -> CurrentRun:
    """Return the current run of `list_date`; raise UsageError, which says what is published, where there is none."""
    found = current_run(home, list_date)
    if found is not None:
        return found
    dates = [run.list_date for run in current_runs(home)]
    if dates:
        raise UsageError(
            phrase(
                "no list is published for list date {list_date} in {home}; {span}",
                list_date=list_date,
                home=home.root,
                span=_span(dates),
            )
        )
    waiting = [run.list_date for run in pending_runs(home)]
    if waiting:
        raise UsageError(
            phrase(
                "no list is published in {home}: that of {waiting} waits for a person; read it with `xuanpin "
                "review --list-date {waiting}`, then approve or reject it",
                home=home.root,
                waiting=waiting[-1],
            )
        )
    meant = _home_nearby(home.root)
    remedy = phrase("Did you mean --home {meant}?", meant=meant) if meant else phrase("Run `xuanpin nightly` first.")
    raise UsageError(
        phrase(
            "no list is published in {home}: nothing is published there yet. {remedy}", home=home.root, remedy=remedy
        )
    )


def latest_run(home: Home, list_date: date | None = None) -> CurrentRun:
    """Return the run of a list date (of the latest one without a date), one that waits before one that is shown.

    Raises UsageError as require_run.
    """
    if list_date is not None:
        return pending_run(home, list_date) or require_run(home, list_date)
    waiting = pending_runs(home)
    shown = current_run(home) if waiting else require_run(home)
    if shown is None or (waiting and waiting[-1].list_date >= shown.list_date):
        return waiting[-1]
    return shown


def _home_nearby(root: Path) -> Path | None:
    """Return the folder above or one below `root` that is a home with a published list, or None."""
    below = sorted(entry for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []
    return next((place for place in (root.parent, *below) if (place / "published" / CURRENT).exists()), None)


def _span(dates: list[str]) -> str:
    if len(dates) == 1:
        return phrase("published list date: {day}", day=dates[0])
    return phrase("published list dates: {first} to {last}", first=dates[0], last=dates[-1])


def current_runs(home: Home) -> list[CurrentRun]:
    """Return the current run of every list date, oldest first."""
    return _pointers(home, CURRENT)


def earlier_run(home: Home, before: date) -> CurrentRun | None:
    """Return the current run of the newest published list date before the given one, or None."""
    earlier = [run for run in current_runs(home) if run.list_date < before.isoformat()]
    return earlier[-1] if earlier else None


def run_folder(home: Home, run: CurrentRun) -> Path:
    """Return the folder that holds a run's tables, manifest and report."""
    return home.list_dir(date.fromisoformat(run.list_date)) / run.run_dir


def read_table(home: Home, run: CurrentRun, table: str, columns: Sequence[str] = (), **equal: str) -> pa.Table:
    """Read one published table of a run, all or some `columns`, and only rows whose columns equal the given values.

    A table that an earlier release did not publish has no rows.
    """
    path = run_folder(home, run) / f"{table}.parquet"
    if is_unknown(home, run, table):
        return _no_rows(table, columns)
    if equal:
        return file_rows(path, columns, equal)
    # Not by pq.read_table, which loads pandas first.
    with pq.ParquetFile(path) as file:
        return file.read(list(columns) or None)


def read_rows_among(
    home: Home, run: CurrentRun, table: str, columns: Sequence[str], **among: Sequence[str]
) -> pa.Table:
    """Read `columns` of the rows of a published table of a run whose column is `among` the given values."""
    if is_unknown(home, run, table):
        return _no_rows(table, columns)
    return file_rows_among(run_folder(home, run) / f"{table}.parquet", columns, among)


def is_unknown(home: Home, run: CurrentRun, table: str) -> bool:
    """Whether a run of an earlier release did not publish a table; one that is lost is no such table."""
    path = run_folder(home, run) / f"{table}.parquet"
    return not path.exists() and table not in manifest(home, run).get("row_counts", {})


def _no_rows(table: str, columns: Sequence[str]) -> pa.Table:
    empty = load_contract(table).arrow_schema().empty_table()
    return empty.select(list(columns)) if columns else empty


def has_columns(home: Home, run: CurrentRun, table: str, columns: Sequence[str]) -> bool:
    """Return whether a run's published table has all of `columns`; those of earlier releases may lack some, or all."""
    if is_unknown(home, run, table):
        return False
    names = pq.read_schema(run_folder(home, run) / f"{table}.parquet").names
    return set(columns) <= set(names)


def with_columns(rows: pa.Table, columns: pa.Schema) -> pa.Table:
    """Return `rows` that an earlier release wrote with those of the `columns` that it did not know, as nulls."""
    for field in columns:
        if field.name not in rows.column_names:
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows


def manifest(home: Home, run: CurrentRun) -> dict[str, Any]:
    """Return a run's manifest: ids, dates, row counts, file hashes, watermarks and state."""
    return read_manifest(run_folder(home, run))


def reason_of(manifest: Mapping[str, Any]) -> Bilingual | None:
    """Return why the run of a `manifest` has its state; what an earlier release wrote is in one language."""
    reason = manifest.get("reason")
    return None if reason is None else Bilingual(reason, manifest.get("reason_zh") or reason)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of the run in `folder`; raise UsageError for one that somebody has spoilt."""
    content: Any = None
    with suppress(ValueError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if isinstance(content, dict):
        return content
    raise UsageError(
        phrase(
            "{path} is damaged; restore it from a backup of the home, or run that night again",
            path=f"{folder.parent.name}/{folder.name}/{MANIFEST}",
        )
    )


def _pointers(home: Home, name: str) -> list[CurrentRun]:
    found = [_pointer(home, path) for path in sorted(home.published.glob(f"list_date=*/{name}"))]
    return [run for run in found if run is not None]


def _pointer(home: Home, path: Path) -> CurrentRun | None:
    """Read a pointer; None where there is none, where it is damaged, and where the run that it names is gone."""
    try:
        run = CurrentRun(**json.loads(path.read_text(encoding="utf-8")))
        is_there = (run_folder(home, run) / MANIFEST).is_file()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        log.warning("%s is damaged and not used", path.relative_to(home.root))
        return None
    return run if is_there else None
