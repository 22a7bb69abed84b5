"""Reads labelled texts of real customers (`--voices`), in which the demo's customers then give their opinions."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.demo.catalogue import Category
from xuanpin.pipelines.demo.talk import Dice
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import joined, listed, phrase
from xuanpin.pipelines.typed.sheets import Form, Row, faults_told, read_rows, text_of
from xuanpin.pipelines.typed.texts import read_bytes

TEXT_COLUMNS, LABEL, CATEGORY = ("text", "review", "sentence"), "label", "category"
COLUMNS = (*TEXT_COLUMNS, LABEL, CATEGORY)
REMEDY = phrase(
    "give a Parquet, CSV or XLSX file with a column text (or review), a column label, and optionally a category"
)
FORM = Form(phrase("the file of voices"), COLUMNS, (LABEL,), "voices", REMEDY)
LABELS = {
    "pos": ("1", "1.0", "pos", "positive", "true", "满意", "正面", "好评"),
    "neg": ("0", "0.0", "-1", "neg", "negative", "false", "不满意", "负面", "差评"),
    "neu": ("0.5", "neu", "neutral", "中性", "中评"),
}
"""How a file may write that the author of a text is content, is not, or neither."""
POLARITIES = {word: polarity for polarity, words in LABELS.items() for word in words}
WANTED = phrase("write 1 or positive, 0 or negative, .5 or neutral")
ANY = ""
"""The category of all texts together."""
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Voices:
    """Hold texts by polarity (pos, neg, neu) and by the category that they are about, ANY for all of a polarity."""

    texts: Mapping[tuple[str, str], tuple[str, ...]]

    def can_say(self, polarity: str) -> bool:
        """Say whether there is a text of this `polarity`."""
        return (polarity, ANY) in self.texts

    def about(self, category: Category, polarity: str) -> tuple[str, ...]:
        """Return the texts of a `polarity` for SKUs of a `category`: those of a level of its path or of its domain, or
        else all."""
        names = (*reversed(category.path.split("/")), category.path, category.domain)
        found = (self.texts[polarity, name] for name in names if (polarity, name) in self.texts)
        return next(found, self.texts[polarity, ANY])


def spoken(die: Dice, voices: Voices, category: Category, polarity: str, reference: str = "") -> str:
    """Return an opinion in a text that `die` picks from `voices`, after the `reference` to the SKU if there is one.

    `category` is that of the SKU, `polarity` what the customer felt; voices must have texts of it.
    """
    texts = voices.about(category, polarity)
    text = texts[die.below(len(texts))]
    return reference + ("，", " ", "：", "")[die.below(4)] + text if reference else text


def read_voices(path: Path) -> Voices:
    """Read the labelled texts of the file at `path`; rows without a text or a label are left out.

    Raises UsageError for a file that cannot be read, without the columns, with labels of another kind, or without a
    content and a discontented text.
    """
    rows = _rows(path)
    column = _text_column(path, rows)
    spoken_rows = [(number, row) for number, row in rows if text_of(row[column]) and text_of(row[LABEL])]
    _refuse_labels(path, spoken_rows)
    texts: dict[tuple[str, str], list[str]] = {}
    for _, row in spoken_rows:
        polarity, category = POLARITIES[_label(row)], text_of(row.get(CATEGORY))
        for name in {ANY, category}:
            texts.setdefault((polarity, name), []).append(text_of(row[column]))
    missing = [polarity for polarity in ("pos", "neg") if (polarity, ANY) not in texts]
    if missing:
        raise UsageError(
            phrase(
                "{what} {path} has {texts:,} labelled texts and none that is {missing}; both are needed",
                what=FORM.what,
                path=path,
                texts=len(spoken_rows),
                missing=joined(
                    (phrase("content") if name == "pos" else phrase("discontented") for name in missing), " or "
                ),
            )
        )
    return Voices({key: tuple(said) for key, said in texts.items()})


def _rows(path: Path) -> list[Row]:
    if path.is_file() and read_bytes(FORM.what, path, REMEDY).startswith(_PARQUET):
        return _parquet_rows(path)
    return read_rows(path, FORM)


def _parquet_rows(path: Path) -> list[Row]:
    content = io.BytesIO(read_bytes(FORM.what, path, REMEDY))
    try:
        names = pq.read_schema(content).names
        _require_columns(path, names)
        table = pq.read_table(content, columns=[name for name in COLUMNS if name in names])
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(
            phrase(
                "{what} {path} is no Parquet file that can be read (damaged); {remedy}",
                what=FORM.what,
                path=path,
                remedy=REMEDY,
            )
        ) from error
    return list(enumerate(table.to_pylist(), start=1))


def _require_columns(path: Path, names: Iterable[str]) -> None:
    lacking = [name for name in (LABEL,) if name not in names]
    if not set(TEXT_COLUMNS) & set(names):
        lacking.append(phrase("{first} (or {others})", first=TEXT_COLUMNS[0], others=joined(TEXT_COLUMNS[1:], " or ")))
    if lacking:
        raise UsageError(
            phrase(
                "{what} {path} has no column {lacking}; its columns are {columns}; {remedy}",
                what=FORM.what,
                path=path,
                lacking=joined(lacking),
                columns=listed(list(names), 8),
                remedy=REMEDY,
            )
        )


def _text_column(path: Path, rows: list[Row]) -> str:
    if not rows:
        raise UsageError(phrase("{what} {path} has no row; {remedy}", what=FORM.what, path=path, remedy=REMEDY))
    _require_columns(path, rows[0][1].keys())
    return next(name for name in TEXT_COLUMNS if name in rows[0][1])


def _refuse_labels(path: Path, rows: list[Row]) -> None:
    # The label itself is not shown: where columns are mixed up it may be what a customer wrote.
    unknown = [phrase("row {number}", number=number) for number, row in rows if _label(row) not in POLARITIES]
    error = faults_told(
        path, FORM, {phrase("an unknown label; {wanted}", wanted=WANTED): unknown}, phrase("Nothing was simulated")
    )
    if error is not None:
        raise error


def _label(row: Mapping[str, object]) -> str:
    return text_of(row[LABEL]).lower()
