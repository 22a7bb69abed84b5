"""Merchandisers' labels: a sheet of redacted messages goes out where the model is unsure, and comes back filled in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from xuanpin.models.text.sentiment_learning import NO_OPINION
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.word_lists import aspect_names, aspects_by_name
from xuanpin.pipelines.home_files import UNREADABLE, SetAside, set_aside

COLUMNS = ("message_id", "text", "label", "aspects")
CHOICES = {"满意": 1, "不满意": 0, "无关": NO_OPINION, "positive": 1, "negative": 0, "none": NO_OPINION, "1": 1, "0": 0}
"""What may stand in the column label; 无关 / none says that the message voices no opinion."""
STORE = "labels.csv"
_NO_ASPECT = "none"
"""In the store: the message speaks of no aspect. An empty cell there says that nobody labelled its aspects."""
_UNSURE = """
select
    w.message_id, c.text,
    flatten(list([spoken.aspect for spoken in w.aspects]) over (partition by w.message_id)) as aspects
from night.int_window_mentions as w
inner join source.chat_messages as c on w.message_id = c.message_id and c.known_on <= $as_of_date
where w.kind = 'feedback' and not contains($labelled, w.message_id)
qualify row_number() over (partition by w.message_id order by c.sent_at desc, c.row_hash desc, w.sku_id) = 1
order by abs(w.satisfaction - 0.5), w.message_id
limit $count
"""


@dataclass(frozen=True)
class Label:
    """What a merchandiser said of a message (`label`, a key of CHOICES), its aspects (None: not asked), and when she
    did (`labelled_on`)."""

    label: str
    aspects: frozenset[str] | None
    labelled_on: date


def export_labels(night: Night, path: Path, count: int = 200) -> int:
    """Write `count` redacted messages that the model is least sure of to a CSV or XLSX sheet; returns how many there
    are.

    Half of the sheet would not do: a calibration needs sure messages too, so every second row is drawn evenly.
    """
    labelled = sorted(read_labels(night.home.labels)[0])
    rows = night.engine.query(_UNSURE, as_of_date=night.as_of_date, labelled=labelled, count=10 * count).to_pylist()
    unsure, rest = rows[: count // 2], rows[count // 2 :]
    step = max(len(rest) // max(count - len(unsure), 1), 1)
    chosen = unsure + rest[::step][: count - len(unsure)]
    names = aspect_names(night.settings.feedback.lexicon_folder)
    _write_sheet(path, ({**row, "label": "", "aspects": _named(row["aspects"], names)} for row in chosen))
    return len(chosen)


def _named(aspects: list[str], names: Mapping[str, str]) -> str:
    return "、".join(name for aspect, name in names.items() if aspect in aspects)


def import_labels(night: Night, path: Path) -> int:
    """Take a filled sheet in; labels count from the as-of date on and a later label replaces an earlier one.

    A sheet without the column aspects leaves what was said of them. Returns how many were taken. Raises UsageError that
    names the rows whose label is none of the choices or whose aspects are unknown; nothing is taken then.
    """
    filled = {str(row["message_id"]): row for row in _read_sheet(path) if str(row.get("label") or "").strip()}
    labels = {key: str(row["label"]).strip() for key, row in filled.items()}
    wrong = [key for key, label in labels.items() if label not in CHOICES]
    if wrong:
        ids = ", ".join(wrong[:3])
        raise UsageError(
            f"{path}: {len(wrong)} rows have an unknown label (messages {ids}); write 满意, 不满意 or 无关"
        )
    aspects = _read_aspects(night, path, filled)
    stored, faults = read_labels(night.home.labels)
    if faults:
        raise UsageError(f"{faults[0].sentence}. Nothing was taken, so that no label that stands there is lost")
    for key, label in labels.items():
        earlier = stored[key].aspects if key in stored else None
        stored[key] = Label(label, aspects.get(key, earlier), night.as_of_date)
    _store(night.home.labels, stored)
    return len(filled)


def _read_aspects(night: Night, path: Path, filled: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Message → aspects, of the rows of a sheet that has the column; raises UsageError that names what is unknown."""
    folder = night.settings.feedback.lexicon_folder
    known = aspects_by_name(folder)
    written = {
        key: [name for name in re.split(r"[,，、\s]+", str(row["aspects"] or "")) if name]
        for key, row in filled.items()
        if "aspects" in row
    }
    wrong = [key for key, names in written.items() if not known.keys() >= set(names)]
    if wrong:
        ids, unknown = ", ".join(wrong[:3]), {name: None for key in wrong for name in written[key] if name not in known}
        choices = ", ".join(f"{name} ({aspect})" for aspect, name in aspect_names(folder).items())
        raise UsageError(
            f"{path}: {len(wrong)} rows have an unknown aspect (messages {ids}: {'、'.join(list(unknown)[:3])}); "
            f"write {choices}, or nothing for none of them"
        )
    return {key: frozenset(known[name] for name in names) for key, names in written.items()}


def labels_known_by(folder: Path, day: date) -> Mapping[str, int]:
    """Message → 1 content, 0 not or NO_OPINION, of the labels in `folder` that were given by this day."""
    return {key: CHOICES[said.label] for key, said in read_labels(folder)[0].items() if said.labelled_on <= day}


def aspects_known_by(folder: Path, day: date) -> Mapping[str, frozenset[str]]:
    """Message → the aspects it speaks of, of the labels in `folder` that were given by this day."""
    known = read_labels(folder)[0].items()
    return {key: said.aspects for key, said in known if said.aspects is not None and said.labelled_on <= day}


def read_labels(folder: Path) -> tuple[dict[str, Label], list[SetAside]]:
    """Return the labels in the home's folder of labels by message, and what of their file cannot be used.

    A row that is no label is left out and the others count; a file that cannot be read as a whole gives none.
    """
    home, path = Home(folder.parent), folder / STORE
    if not path.exists():
        return {}, []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (*UNREADABLE, csv.Error) as error:
        return {}, [set_aside(home, path, error)]
    labels = {number: _label(row) for number, row in enumerate(rows, start=2)}
    wrong = [str(number) for number, label in labels.items() if label is None]
    stored = {rows[number - 2]["message_id"]: label for number, label in labels.items() if label is not None}
    if not wrong:
        return stored, []
    problem = (
        f"{len(wrong)} of its {len(rows)} rows (row {', '.join(wrong[:3])}) are no label; write message_id, a label "
        "that `xuanpin label import` takes, and the day as YYYY-MM-DD"
    )
    return stored, [SetAside(path.relative_to(home.root).as_posix(), problem)]


def _label(row: Mapping[str, str | None]) -> Label | None:
    """Return what a row of the store says, or None where it says nothing that can be understood."""
    cell, label, day = (row.get(name) or "" for name in ("aspects", "label", "labelled_on"))
    aspects = frozenset(cell.split("|")) - {_NO_ASPECT} if cell else None
    try:
        return Label(label, aspects, date.fromisoformat(day)) if row.get("message_id") and label in CHOICES else None
    except ValueError:
        return None


def _store(folder: Path, labels: Mapping[str, Label]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with run_store.replacing(folder / STORE) as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["message_id", "label", "labelled_on", "aspects"])
        for key, said in sorted(labels.items()):
            cell = "" if said.aspects is None else "|".join(sorted(said.aspects)) or _NO_ASPECT
            writer.writerow([key, said.label, said.labelled_on.isoformat(), cell])


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
