"""Merchandisers' labels: a sheet of redacted messages goes out where the model is unsure, and comes back filled in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from models.sentiment_learning import NO_OPINION
from pipelines.errors import UsageError
from pipelines.night import Night

COLUMNS = ("message_id", "text", "label")
CHOICES = {"满意": 1, "不满意": 0, "无关": NO_OPINION, "positive": 1, "negative": 0, "none": NO_OPINION, "1": 1, "0": 0}
"""What may stand in the column label; 无关 / none says that the message voices no opinion."""
STORE = "labels.csv"
_UNSURE = """
select w.message_id, c.text
from night.int_window_mentions as w
inner join source.chat_messages as c on w.message_id = c.message_id and c.known_on <= $as_of_date
where w.kind = 'feedback' and not contains($labelled, w.message_id)
qualify row_number() over (partition by w.message_id order by c.sent_at desc, c.row_hash desc, w.sku_id) = 1
order by abs(w.satisfaction - 0.5), w.message_id
limit $count
"""


def export_labels(night: Night, path: Path, count: int = 200) -> int:
    """Write the redacted messages that the model is least sure of to a CSV or XLSX sheet; returns how many.

    Half of the sheet would not do: a calibration needs sure messages too, so every second row is drawn evenly.
    """
    labelled = sorted(_stored(night.home.labels))
    rows = night.engine.query(_UNSURE, as_of_date=night.as_of_date, labelled=labelled, count=10 * count).to_pylist()
    unsure, rest = rows[: count // 2], rows[count // 2 :]
    step = max(len(rest) // max(count - len(unsure), 1), 1)
    chosen = unsure + rest[::step][: count - len(unsure)]
    _write_sheet(path, ({**row, "label": ""} for row in chosen))
    return len(chosen)


def import_labels(night: Night, path: Path) -> int:
    """Take a filled sheet in; labels count from the as-of date on and a later label replaces an earlier one.

    Returns how many were taken. Raises UsageError that names the rows whose label is none of the choices.
    """
    filled = [row for row in _read_sheet(path) if str(row.get("label") or "").strip()]
    wrong = [row for row in filled if str(row["label"]).strip() not in CHOICES]
    if wrong:
        ids = ", ".join(str(row["message_id"]) for row in wrong[:3])
        raise UsageError(
            f"{path}: {len(wrong)} rows have an unknown label (messages {ids}); write 满意, 不满意 or 无关"
        )
    stored = _stored(night.home.labels)
    for row in filled:
        stored[str(row["message_id"])] = (str(row["label"]).strip(), night.as_of_date)
    _store(night.home.labels, stored)
    return len(filled)


def labels_known_by(folder: Path, day: date) -> Mapping[str, int]:
    """Message → 1 content, 0 not or NO_OPINION, of the labels given by this day."""
    stored = _stored(folder).items()
    return {message_id: CHOICES[label] for message_id, (label, labelled_on) in stored if labelled_on <= day}


def _stored(folder: Path) -> dict[str, tuple[str, date]]:
    path = folder / STORE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle)
        return {row["message_id"]: (row["label"], date.fromisoformat(row["labelled_on"])) for row in rows}


def _store(folder: Path, labels: Mapping[str, tuple[str, date]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / STORE).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["message_id", "label", "labelled_on"])
        for message_id, (label, labelled_on) in sorted(labels.items()):
            writer.writerow([message_id, label, labelled_on.isoformat()])


def _write_sheet(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    if path.suffix.lower() == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("labels")
        sheet.append(list(COLUMNS))
        for row in rows:
            sheet.append([_harmless(row[name]) for name in COLUMNS])
        book.save(path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _harmless(row[name]) for name in COLUMNS} for row in rows)


def _harmless(value: str) -> str:
    """A message that begins like a formula must not run in the merchandiser's spreadsheet."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _read_sheet(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise UsageError(f"{path} does not exist; give the sheet that `xuanpin label export` wrote")
    if path.suffix.lower() == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        table = [dict(zip([str(name) for name in rows[0]], row, strict=True)) for row in rows[1:]] if rows else []
    else:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            table = list(csv.DictReader(handle))
    if table and not {"message_id", "label"} <= table[0].keys():
        raise UsageError(f"{path} needs the columns message_id and label")
    return table
