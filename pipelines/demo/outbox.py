"""Collects the messages of a day on their way into the exports, with the truth about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.rows import ids, moments
from xuanpin.pipelines.demo.talk import Dice, misspell
from xuanpin.pipelines.demo.world import World


@dataclass
class Outbox:
    """Hold the messages of a day.

    `first`: number of the first message; `columns`: a list a column; `truths`: one row per message and SKU in it.
    """

    first: int
    columns: dict[str, list[Any]] = field(default_factory=lambda: {
        name: [] for name in ("group", "sender", "role", "sent_at", "text", "card", "reply")
    })  # fmt: skip
    truths: list[tuple[int, str, int, float | None, str, bool, int]] = field(default_factory=list)

    def add_message(
        self, group: int, sender: str, role: str, at: int, text: str, card: int = -1, reply: int = -1
    ) -> int:
        """Add a message and return its number.

        `group` and `sender` say where and who, `role` is customer, agent or assistant, `at` is in epoch seconds of
        Beijing wall-clock, `text` its words; `card` is the SKU of a product card and `reply` the message it answers,
        -1 for none.
        """
        for name, value in zip(self.columns, (group, sender, role, at, text, card, reply), strict=True):
            self.columns[name].append(value)
        return self.first + len(self.columns["text"]) - 1

    def add_truth(self, message: int, kind: str, sku: int = -1, satisfaction: float | None = None,
                  reference: str = "none", is_fake: bool = False, line: int = -1) -> None:  # fmt: skip
        """Add what a message truly is.

        `kind`: promotion, feedback, question, order or other; `sku` and `line` that it is about, -1 for none;
        `satisfaction`: 0 bad, 0.5 neither, 1 good; `reference`: how the SKU is named; `is_fake`: praise by somebody
        who never bought it.
        """
        self.truths.append((message, kind, sku, satisfaction, reference, is_fake, line))


def as_rows(outbox: Outbox) -> pa.Table:
    """Return the messages of `outbox` as export rows in the order of time."""
    columns, count = outbox.columns, len(outbox.columns["text"])
    sent_at = np.array(columns["sent_at"], dtype=np.int64).astype("datetime64[s]")
    table = pa.table({
        "message_id": ids("M", outbox.first + np.arange(count)),
        "group_id": ids("G", np.array(columns["group"], np.int64)),
        "sender_id": pa.array(columns["sender"], pa.string()), "sender_role": pa.array(columns["role"], pa.string()),
        "sent_at": sent_at, "text": pa.array(columns["text"], pa.string()),
        "sku_id": ids("S", np.array(columns["card"], np.int64)),
        "reply_to_message_id": ids("M", np.array(columns["reply"], np.int64)),
    })  # fmt: skip
    return table.take(pa.array(np.argsort(sent_at, kind="stable")))


def mention(world: World, die: Dice, sku: int) -> str:
    """Return a SKU in the words of a customer: noun, attribute, brand, at times clipped or misspelt.

    `sku` is its position in the catalogue, `die` draws the words.
    """
    catalogue = world.catalogue
    brand, attribute, noun = catalogue.brand[sku], catalogue.attribute[sku], catalogue.noun[sku]
    options = (
        noun,
        attribute + noun,
        brand + noun,
        brand + "的" + noun,
        "那个" + noun,
        brand + attribute + noun,
        attribute + noun[-2:],
    )
    text = options[die.below(len(options))]
    if die.chance(8) and len(text) > 3:
        cut = 1 + die.below(len(text) - 2)
        return text[:cut] + text[cut + 1 :]
    return misspell(die, text) if die.chance(6) else text


def customer_id(number: int) -> str:
    """Return the id of the customer with this `number`."""
    return f"C{number:06d}"


def seconds(day: np.datetime64, within: Array) -> list[int]:
    """Return times `within` a day (seconds since midnight) as epoch seconds of Beijing wall-clock."""
    listed: list[int] = moments(day, within).astype(np.int64).tolist()
    return listed
