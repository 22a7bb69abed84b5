"""Short codes by which an agent answers to a match: the same each time, and nobody can guess another agent's.

A code is the beginning of an HMAC-SHA256 under a key of the home, in base32. Twelve letters are 60 bits: among ten
million codes of a day a guess is right once in 10^11.
"""

from __future__ import annotations

import base64
import hmac

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_keys import home_key
from xuanpin.pipelines.typed.phrase import phrase

Match = tuple[str, str, str]
"""A list date as YYYY-MM-DD, an agent and a SKU."""
KEY_FILE = "answers.key"
ANSWER_LETTERS = 12
MESSAGE_LETTERS = 10
"""50 bits: nothing is opened by the id of a message, it only has to differ from all others of its list date."""


def answer_key(home: Home) -> bytes:
    """Return the home's key of answer codes, made when it is asked for the first time.

    Raises UsageError where the file that holds it is not as it was made.
    """
    return home_key(home, KEY_FILE, phrase("codes that were sent before then answer nothing"))


def answer_code(key: bytes, match: Match) -> str:
    """Return the code by which the agent of `match` answers to it, under the home's `key`."""
    return _letters(key, "match", match, ANSWER_LETTERS)


def message_id(key: bytes, list_date: str, group_id: str, run_id: str) -> str:
    """Return the id of the message for `list_date` to the group `group_id` that was made from the run `run_id`.

    `key` is the home's.
    """
    return _letters(key, "message", (list_date, group_id, run_id), MESSAGE_LETTERS)


def typed_code(text: str) -> str:
    """Return a code as it was typed (`text`) in the letters in which codes are stored."""
    return "".join(text.split()).upper()


def _letters(key: bytes, kind: str, parts: tuple[str, ...], count: int) -> str:
    # Lengths part the values, so that no two lists of them are one text.
    text = "".join(f"{len(part)}:{part}" for part in (kind, *parts))
    return base64.b32encode(hmac.digest(key, text.encode(), "sha256")).decode("ascii")[:count]
