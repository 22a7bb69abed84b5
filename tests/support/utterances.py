"""A table of labelled group utterances, each said by a buyer of her own, and what a first night takes from each."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.chat_world import at, message, open_world, order
from xuanpin.pipelines.feedback.step import feedback

PRAISE, COMPLAINT, NOTHING = "praise", "complaint", "nothing"
"""Beside these an utterance may be a question or an order."""
_MENTIONS = """
select m.message_id, m.kind, m.sku_id, m.satisfaction
from history.mentions as m
order by m.message_id, m.part
"""


@dataclass(frozen=True)
class Utterance:
    """One row of a table: what is said, and what it means of the SKU that its writer was delivered.

    kind: feedback, question, order or other. target: whom a judgement is about (sku, other, courier, shop, none).
    polarity: of the judgement of the SKU (positive, negative, neutral). form: by which means it is said.
    """

    text: str
    kind: str
    target: str
    polarity: str
    form: str

    @property
    def meaning(self) -> str:
        """What a night should take from it: a judgement of anything but the SKU is nothing said of the SKU."""
        if self.kind in ("question", "order"):
            return self.kind
        if self.kind == "feedback" and self.target == "sku":
            return {"positive": PRAISE, "negative": COMPLAINT}.get(self.polarity, NOTHING)
        return NOTHING


def load_utterances(table: Path) -> list[Utterance]:
    """Read a CSV file with the columns text, kind, target, polarity, form."""
    with table.open(encoding="utf-8", newline="") as lines:
        return [Utterance(**row) for row in csv.DictReader(lines)]


def read_utterances(utterances: Sequence[Utterance]) -> list[str]:
    """What a first night without labels takes from each: praise, complaint, question, order or nothing.

    Each is said by a buyer of one SKU, two hours after it was delivered to her.
    """
    orders = [order(f"L{number}", f"C{number}", "S1", at(8)) for number in range(len(utterances))]
    said = [message(f"M{number:05}", f"C{number}", row.text, at(10)) for number, row in enumerate(utterances)]
    with TemporaryDirectory() as folder:
        night = open_world(Path(folder), orders, said)
        feedback(night)
        rows = night.engine.query(_MENTIONS).to_pylist()
        night.engine.close()
    taken = {row["message_id"]: _taken(row["kind"], row["sku_id"], row["satisfaction"]) for row in rows}
    return [taken[row["message_id"]] for row in said]


def _taken(kind: str, sku_id: str | None, satisfaction: float | None) -> str:
    if kind in ("question", "order"):
        return kind
    if kind != "feedback" or sku_id is None or satisfaction is None:
        return NOTHING
    return PRAISE if satisfaction > 0.5 else COMPLAINT


def right_by_form(utterances: Sequence[Utterance], taken: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Utterances read as they are meant, and all of them, by form in alphabetical order."""
    pairs = list(zip(utterances, taken, strict=True))
    right = Counter(row.form for row, found in pairs if row.meaning == found)
    return {form: (right[form], count) for form, count in sorted(Counter(row.form for row in utterances).items())}
