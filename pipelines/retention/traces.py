"""What files of a home hold of one customer: labels of her messages, published mentions of them, and quotes."""

from __future__ import annotations

import csv
import html
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.labels import STORE
from xuanpin.pipelines.home_files import UNREADABLE, set_aside
from xuanpin.pipelines.home_modes import open_like_folder
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.ready import clear
from xuanpin.pipelines.typed.phrase import phrase

MENTIONS, PAGE = "feedback_mentions", "report.html"
REMOVED = "…"
_ERASED = f">{REMOVED}<"
_QUOTE = re.compile(' data-message="([^"]*)">[^<]*<')
"""A quote in a page, with the id of its message."""
BIN = ".deleted"
"""Folder below published/ to which a run goes before it is deleted; readers see whole runs or none."""


@dataclass(frozen=True)
class Traces:
    """Name what to look for in files: ids of her `messages`, of all that a report may quote (`reports`), and texts."""

    messages: frozenset[str]
    reports: frozenset[str]
    texts: tuple[str, ...]

    def without_quotes(self, content: str) -> tuple[str, int]:
        """Return the text of a page (`content`) without her words, and in how many places they stood.

        What stands under the id of a message or a return of hers goes, whatever it said when the page was made. So do
        her words as they are stored, where an element holds nothing else, as in the pages of earlier releases.
        """
        hers = [found[0] for found in _QUOTE.finditer(content) if html.unescape(found[1]) in self.reports]
        for quote in set(hers):
            content = content.replace(quote, _ERASED)
        count = len(hers)
        for text in self.texts:
            count += content.count(f">{_as_in_a_page(text)}<")
            content = content.replace(f">{_as_in_a_page(text)}<", _ERASED)
        return content, count


def _as_in_a_page(text: str) -> str:
    """Write a text as the page's templates do, which escape quotes by number."""
    return html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")


def count_traces(home: Home, traces: Traces) -> Counter[str]:
    """Count what files of the home hold of her, by place; nothing is changed.

    Raises UsageError where the labels cannot be read, because nobody could say then that she is forgotten.
    """
    rows = Counter({"labels": len(_labels(home)) - len(_other_labels(home, traces))})
    for folder in _run_folders(home):
        rows[_place(home, folder, MENTIONS)] = _read_mentions(folder, traces)[1]
        rows[_place(home, folder, PAGE)] = _count_quotes(folder / PAGE, traces)
    return rows


def erase_traces(home: Home, database_days: int, traces: Traces, rows: Mapping[str, int]) -> None:
    """Erase what `rows` (by place) counted; call it under the lock of the published folder.

    What is erased already stays as it is; a run that is named is brought level with its manifest anew. `database_days`
    is the number of list dates that published.duckdb holds.
    """
    _remove_leftovers(home)
    if rows.get("labels"):
        _erase_labels(home, traces)
    with sealing.unsettled(home, database_days):
        for folder in _run_folders(home):
            if _place(home, folder, MENTIONS) in rows or _place(home, folder, PAGE) in rows:
                _erase_mentions(folder, traces)
                _erase_quotes(folder / PAGE, traces)
                sealing.renew_hashes(folder)
        sealing.rebuild_database(home, database_days)


def _remove_leftovers(home: Home) -> None:
    """Remove what killed processes left half written or half deleted: nobody reads it, and it may name her."""
    clear(home)
    shutil.rmtree(home.published / BIN, ignore_errors=True)
    for place in (home.root / "scratch", home.replay):
        shutil.rmtree(place, ignore_errors=True)
    for folder in _run_folders(home):
        # What a night had written when it failed or was killed: the next one begins anew.
        if not (folder / run_store.MANIFEST).is_file():
            shutil.rmtree(folder)
    for path in (*home.root.rglob(".*.partial"), *home.published.glob("*.tmp*")):
        if path.is_file():
            path.unlink()


def _run_folders(home: Home) -> list[Path]:
    """Return the folders of all runs, also of those that are being put together or were left by a killed process."""
    found = sorted(home.published.glob("list_date=*/*"))
    return [folder for folder in found if (folder / f"{MENTIONS}.parquet").is_file()]


def _place(home: Home, folder: Path, what: str) -> str:
    return f"published/{folder.relative_to(home.published).as_posix()}/{what}"


def _labels(home: Home) -> list[list[str]]:
    path = home.labels / STORE
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle))
    except (*UNREADABLE, csv.Error) as error:
        raise UsageError(
            phrase("{sentence}. Nothing was erased, as it may name her", sentence=set_aside(home, path, error).sentence)
        ) from error


def _other_labels(home: Home, traces: Traces) -> list[list[str]]:
    return [row for row in _labels(home) if not row or row[0] not in traces.messages]


def _erase_labels(home: Home, traces: Traces) -> None:
    others = _other_labels(home, traces)
    with run_store.replacing(home.labels / STORE) as handle:
        csv.writer(handle, lineterminator="\n").writerows(others)


def _read_mentions(folder: Path, traces: Traces) -> tuple[pa.Table, int]:
    """Return a run's mentions without hers, and how many are hers."""
    table = pq.read_table(folder / f"{MENTIONS}.parquet", partitioning=None)
    others = table.filter(pc.invert(pc.is_in(table["message_id"], pa.array(sorted(traces.messages), pa.string()))))
    return others, table.num_rows - others.num_rows


def _erase_mentions(folder: Path, traces: Traces) -> None:
    others, count = _read_mentions(folder, traces)
    if count:
        partial = folder / f".{MENTIONS}.parquet.partial"
        pq.write_table(others, partial, compression="zstd")
        open_like_folder(partial)
        partial.replace(folder / f"{MENTIONS}.parquet")


def _count_quotes(page: Path, traces: Traces) -> int:
    return traces.without_quotes(page.read_text(encoding="utf-8"))[1] if page.exists() else 0


def _erase_quotes(page: Path, traces: Traces) -> None:
    if not _count_quotes(page, traces):
        return
    with run_store.replacing(page) as out:
        out.write(traces.without_quotes(page.read_text(encoding="utf-8"))[0])
