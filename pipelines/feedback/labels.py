"""Merchandisers' labels: a sheet of redacted messages goes out where the model is unsure, and comes back filled in."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from xuanpin.models.text.sentiment_learning import NO_OPINION
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.word_lists import aspect_names, aspects_by_name
from xuanpin.pipelines.home_files import UNREADABLE, SetAside, set_aside
from xuanpin.pipelines.typed.phrase import joined, phrase
from xuanpin.pipelines.typed.plain_files import require_plain
from xuanpin.pipelines.typed.sheets import Form, Row, faults_told, read_rows, text_of
from xuanpin.pipelines.typed.writing import write_rows

COLUMNS = ("message_id", "text", "label", "aspects")
FORM = Form(
    phrase("label sheet"),
    COLUMNS,
    ("message_id", "label"),
    "labels",
    phrase("give the sheet that `xuanpin label export` wrote"),
)
CHOICES = {"满意": 1, "不满意": 0, "无关": NO_OPINION, "positive": 1, "negative": 0, "none": NO_OPINION, "1": 1, "0": 0}
"""What may stand in the column label; 无关 / none says that the message voices no opinion."""
STORE = "labels.csv"
LABELS = pa.schema([("message_id", pa.string()), ("label", pa.int32())])
_NO_ASPECT = "none"
"""In the store: the message speaks of no aspect. An empty cell there says that nobody labelled its aspects."""
_READ_FROM = "night.int_window_mentions"


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

    Half of the sheet would not do: a calibration needs sure messages too, so every second row is drawn evenly. Raises
    UsageError where no night has left its messages, and for a path that cannot be written.
    """
    if not night.engine.exists(_READ_FROM):
        raise UsageError(
            phrase(
                "{home} has no messages of a night to choose from, for instance since an upgrade; run `xuanpin "
                "nightly` first",
                home=night.home.root,
            )
        )
    labelled = sorted(read_labels(night.home.labels)[0])
    asked = {"as_of_date": night.as_of_date, "labelled": labelled, "count": 10 * count}
    found = night.engine.select("unsure_messages", **asked).to_pylist()
    unsure, rest = found[: count // 2], found[count // 2 :]
    step = max(len(rest) // max(count - len(unsure), 1), 1)
    chosen = unsure + rest[::step][: count - len(unsure)]
    names = aspect_names(night.settings.feedback.lexicon_folder)
    rows = [(row["message_id"], row["text"], "", _named(row["aspects"], names)) for row in chosen]
    write_rows(path, FORM.sheet, [COLUMNS, *rows])
    return len(chosen)


def _named(aspects: list[str], names: Mapping[str, str]) -> str:
    return "、".join(name for aspect, name in names.items() if aspect in aspects)


def import_labels(night: Night, path: Path) -> int:
    """Take a filled sheet in; labels count from the as-of date on and a later label replaces an earlier one.

    A sheet without the column aspects leaves what was said of them. Returns how many were taken. Raises UsageError that
    names the rows whose label is none of the choices, whose aspects are unknown or whose message is; nothing is taken
    then.
    """
    filled = [(number, row) for number, row in read_rows(path, FORM) if text_of(row["label"])]
    known = aspects_by_name(night.settings.feedback.lexicon_folder)
    stored, faults = read_labels(night.home.labels)
    if faults:
        raise UsageError(
            phrase(
                "{sentence}. Nothing was taken, so that no label that stands there is lost", sentence=faults[0].sentence
            )
        )
    _refuse_faults(night, path, filled, known)
    for _, row in filled:
        key = text_of(row["message_id"])
        earlier = stored[key].aspects if key in stored else None
        aspects = frozenset(known[name] for name in _aspects(row)) if "aspects" in row else earlier
        stored[key] = Label(_label_of(row), aspects, night.as_of_date)
    _store(night.home.labels, stored)
    return len(filled)


def _label_of(row: Mapping[str, Any]) -> str:
    return text_of(row["label"]).lower()


def _aspects(row: Mapping[str, Any]) -> list[str]:
    return [name for name in re.split(r"[,，、;；|/\s]+", text_of(row.get("aspects"))) if name]


def _refuse_faults(night: Night, path: Path, filled: Sequence[Row], known: Mapping[str, str]) -> None:
    names = aspect_names(night.settings.feedback.lexicon_folder)
    choices = joined(f"{name} ({aspect})" for aspect, name in names.items())
    asked = sorted({text_of(row["message_id"]) for _, row in filled})
    held = set(night.engine.select("known_messages", asked=asked)["message_id"].to_pylist())
    unknown = {number: [name for name in _aspects(row) if name not in known] for number, row in filled}
    faults = {
        phrase("an unknown label; write 满意, 不满意 or 无关"): [
            _place(number, row) for number, row in filled if _label_of(row) not in CHOICES
        ],
        phrase("an unknown aspect; write {choices}, or nothing for none of them", choices=choices): [
            _place(number, row, *unknown[number]) for number, row in filled if unknown[number]
        ],
        phrase("a message_id that this home does not hold; a spreadsheet may have rounded it"): [
            _place(number, row) for number, row in filled if text_of(row["message_id"]) not in held
        ],
        phrase("other words for a message that stands in the sheet before"): _contradicting(filled),
    }
    refusal = faults_told(path, FORM, faults, phrase("Nothing was taken"))
    if refusal is not None:
        raise refusal


def _place(number: int, row: Mapping[str, Any], *values: str) -> str:
    """A row of a message: its number, the id and what is wrong, shortened: a cell may hold anything."""
    return phrase(
        "row {number} ({value})",
        number=number,
        value=": ".join(part[:40] for part in (text_of(row["message_id"]), *values[:1])),
    )


def _contradicting(rows: Sequence[Row]) -> list[str]:
    """Rows that say of a message something else than an earlier row of the same sheet."""
    said: dict[str, tuple[str, tuple[str, ...]]] = {}
    found = []
    for number, row in rows:
        content = (_label_of(row), tuple(sorted(_aspects(row))))
        if said.setdefault(text_of(row["message_id"]), content) != content:
            found.append(_place(number, row))
    return found


def labels_known_by(folder: Path, day: date) -> Mapping[str, int]:
    """Message → 1 content, 0 not or NO_OPINION, of the labels in `folder` that were given by this day."""
    return {key: CHOICES[said.label] for key, said in read_labels(folder)[0].items() if said.labelled_on <= day}


def label_rows(night: Night) -> pa.Table:
    """Return the labels known on the as-of date, one row a message: 1 content, 0 not or NO_OPINION."""
    known = sorted(labels_known_by(night.home.labels, night.as_of_date).items())
    return pa.Table.from_pylist([{"message_id": key, "label": label} for key, label in known], schema=LABELS)


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
        require_plain(path, home.root)
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (*UNREADABLE, csv.Error) as error:
        return {}, [set_aside(home, path, error)]
    labels = {number: _label(row) for number, row in enumerate(rows, start=2)}
    wrong = [str(number) for number, label in labels.items() if label is None]
    stored = {rows[number - 2]["message_id"]: label for number, label in labels.items() if label is not None}
    if not wrong:
        return stored, []
    problem = phrase(
        "{count} of its {rows} rows (row {wrong}) are no label; write message_id, a label that "
        "`xuanpin label import` takes, and the day as YYYY-MM-DD",
        count=len(wrong),
        rows=len(rows),
        wrong=joined(wrong[:3]),
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
