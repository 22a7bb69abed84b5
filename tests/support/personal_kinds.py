"""Invented personal data of every kind in every form in which people write it, drawn from a seed.

Nothing here is anybody's: numbers are drawn, names are put together, hosts are reserved ones.
"""

from __future__ import annotations

import random

from tests.support import personal_numbers, personal_writings
from tests.support.personal_draws import Kind
from xuanpin.models.text.written_digits import read_plain, read_spoken

GROUPS = (
    personal_numbers.phones,
    personal_numbers.landlines,
    personal_numbers.documents,
    personal_numbers.cards,
    personal_writings.accounts,
    personal_writings.mails,
    personal_writings.addresses,
    personal_writings.numbers,
    personal_writings.machines,
    personal_writings.names,
    personal_writings.further,
)


def plain(text: str) -> str:
    """The letters and digits of a text in their plain forms, in lower case: what a reader would make of it."""
    return "".join(char for char in read_spoken(read_plain(text)).lower() if char.isalnum())


def kinds(seed: int = 7) -> list[Kind]:
    """Return every kind in every form, with values drawn from the seed."""
    draw = random.Random(seed)
    return [kind for group in GROUPS for kind in group(draw)]


def left(kind: Kind, text: str) -> list[str]:
    """The secrets that are in a text, as they were written or read plainly."""
    return [secret for secret in kind.secrets if secret in text or plain(secret) in plain(text)]
