"""Which SKU each part of a message is about, from titles that its clauses repeat and from its sender's deliveries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.product_linking import Votes

OWN_ORDER_LEAD = 0.8
"""Share of the title of a SKU she owns that must be repeated to win against one that was only posted."""
SHOWN_COVERAGE, SHOWN_TO_OWNERS = 0.2, 0.35
"""Share of a title that must be repeated to name a SKU that was only posted; more when she owns others, of
which she is likelier to speak: chance echoes stay below."""
ALONE = 0.97
"""Share of buyers' messages without a name that are about a SKU delivered to her, measured on demo platforms."""


@dataclass(frozen=True)
class Choice:
    """Per text the SKU it names (`items`, -1 none), how sure (`confidence`, 0-1), and whether its writer owns it
    (`is_own`)."""

    items: Ints
    confidence: Floats
    is_own: Flags


@dataclass(frozen=True)
class Parts:
    """Messages cut by the SKUs they name; most are one part, and parts stand in order of message and place.

    text_of: the message; number: which of its parts, from 0; items, confidence, is_own: as in Choice; is_shared: the
    message has other parts too; part_of_clause: the part that each clause belongs to.
    """

    text_of: Ints
    number: Ints
    items: Ints
    confidence: Floats
    is_own: Flags
    is_shared: Flags
    part_of_clause: Ints


def prefer_own(own: Votes, shown: Votes, is_owner: Flags, is_wish: Flags) -> Choice:
    """The SKU that each text names among those its writer owns (votes `own`), else among those her group was `shown`.

    is_owner: whether the writer of the text was delivered anything that she may still speak of. is_wish: whether she
    asks or orders, and so rather means a posted SKU.
    """
    is_own = (own.items >= 0) & (own.coverage >= np.where(is_wish, SHOWN_TO_OWNERS, 0.0))
    is_own &= np.where(is_wish, own.coverage > shown.coverage, own.coverage >= OWN_ORDER_LEAD * shown.coverage)
    is_shown = ~is_own & (shown.items >= 0) & (shown.coverage >= np.where(is_owner, SHOWN_TO_OWNERS, SHOWN_COVERAGE))
    items = np.where(is_own, own.items, np.where(is_shown, shown.items, -1))
    margin = np.where(is_own, own.margins, shown.margins)
    coverage = np.where(is_own, own.coverage, shown.coverage)
    confidence = np.where(is_own, 0.8, 0.7) + 0.1 * margin + 0.1 * np.minimum(coverage / 0.5, 1.0)
    return Choice(items, np.where(items >= 0, np.minimum(confidence, 0.98), 0.0), is_own)


def guess_delivered(
    message_of: Ints,
    items: Ints,
    age_days: Floats,
    message_count: int,
    speaking_days: float,
) -> Choice:
    """The SKU that the writer of each of `message_count` messages most likely has in mind, from how long ago she was
    delivered each.

    One entry per message (`message_of`) and delivered line (`items`: its good). The wait until a buyer speaks is taken
    as exponential with the mean `speaking_days`, so a line delivered `age_days` ago counts exp(-age / mean).
    """
    guess = Choice(np.full(message_count, -1), np.zeros(message_count), np.ones(message_count, dtype=bool))
    if not len(items):
        return guess
    keys = message_of * (int(items.max()) + 1) + items
    pairs, pair_of = np.unique(keys, return_inverse=True)
    message, item = pairs // (int(items.max()) + 1), pairs % (int(items.max()) + 1)
    youngest = np.full(message_count, np.inf)
    np.minimum.at(youngest, message_of, age_days)
    weight = np.bincount(pair_of, weights=np.exp((youngest[message_of] - age_days) / speaking_days))
    total = np.bincount(message, weights=weight, minlength=message_count)
    order = np.lexsort((item, -weight, message))
    best = order[np.r_[True, np.diff(message[order]) != 0]]
    guess.items[message[best]] = item[best]
    guess.confidence[message[best]] = ALONE * weight[best] / total[message[best]]
    return guess


def split_parts(whole: Choice, clause: Choice, text_of: Ints, is_linked: Flags) -> Parts:
    """Cut a message where its clauses name different SKUs; a clause without a name belongs to the one before it.

    `whole` is the choice of each message and `clause` that of each clause; `text_of` is the message of a clause. A
    message that `is_linked` to a SKU by other means gets no SKU here and stays whole.
    """
    named = np.flatnonzero((clause.items >= 0) & ~is_linked[text_of])
    size = int(max(clause.items.max(initial=0), whole.items.max(initial=0))) + 2
    pairs = np.unique(text_of[named] * size + clause.items[named])
    goods_named = np.bincount(pairs // size, minlength=len(whole.items))
    speaks_of = _carry(clause.items, text_of, goods_named >= 2, np.where(is_linked, -1, whole.items))
    parts, part_of_clause = np.unique(text_of * size + speaks_of + 1, return_inverse=True)
    part_texts, part_items = parts // size, parts % size - 1
    is_shared = goods_named[part_texts] >= 2
    says = clause.items == speaks_of
    best = np.zeros(len(parts))
    np.maximum.at(best, part_of_clause, np.where(says, clause.confidence, 0.0))
    owns = np.zeros(len(parts), dtype=bool)
    np.logical_or.at(owns, part_of_clause, clause.is_own & says)
    return Parts(
        text_of=part_texts,
        number=np.arange(len(parts)) - np.searchsorted(part_texts, part_texts),
        items=part_items,
        confidence=np.where(is_shared, best, whole.confidence[part_texts]),
        is_own=np.where(is_shared, owns, whole.is_own[part_texts]),
        is_shared=is_shared,
        part_of_clause=part_of_clause,
    )


def _carry(items: Ints, text_of: Ints, is_shared: Flags, whole: Ints) -> Ints:
    """The SKU each clause is about: in a shared message the last one named, before that the first one named."""
    place = np.arange(len(items))
    first_clause = np.searchsorted(text_of, text_of)
    last_named = np.maximum.accumulate(np.where(items >= 0, place, -1))
    last_named = np.where(last_named >= first_clause, last_named, -1)
    next_named = np.minimum.accumulate(np.where(items >= 0, place, len(items))[::-1])[::-1]
    carried = items[np.where(last_named >= 0, last_named, np.minimum(next_named, len(items) - 1))]
    return np.where(is_shared[text_of], carried, whole[text_of])
