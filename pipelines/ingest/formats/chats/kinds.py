"""Which kind a message of a chat is, by the number or the word under which an archive stores it.

The numbers are those of WeChat's own tables: a type, and for 49 (what applications send) a subtype.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from xuanpin.pipelines.typed.phrase import Phrase, phrase

Kind = Literal[
    "text",
    "quote",
    "card",
    "list",
    "announcement",
    "voice",
    "withdrawn",
    "system",
    "picture",
    "video",
    "sticker",
    "place",
    "contact",
    "file",
    "call",
    "money",
    "forward",
    "empty",
    "private",
    "stranger",
    "media",
    "contacts",
    "unknown",
]
"""`list` is an order chain (接龙), `card` a link, a mini-program or a product, `withdrawn` the line that says so."""

LEFT_OUT: Mapping[Kind, Phrase] = {
    "voice": phrase("voice messages without a transcript"),
    "system": phrase("lines of the chat program"),
    "withdrawn": phrase("lines on withdrawn messages"),
    "picture": phrase("pictures"),
    "video": phrase("videos"),
    "sticker": phrase("stickers"),
    "place": phrase("places"),
    "contact": phrase("contact cards"),
    "file": phrase("files in the chat"),
    "call": phrase("calls"),
    "money": phrase("transfers and red packets"),
    "forward": phrase("forwarded chats"),
    "card": phrase("cards that name no SKU"),
    "empty": phrase("messages without words"),
    "private": phrase("messages of private chats"),
    "stranger": phrase("messages of rooms that are no groups of the platform"),
    "media": phrase("files of pictures, sounds and videos"),
    "contacts": phrase("lists of contacts"),
    "unknown": phrase("messages of an unknown kind"),
}
"""What is no opinion and no post, or cannot be read, as notes call it."""

_TYPES: Mapping[int, Kind] = {
    0: "system",
    1: "text",
    3: "picture",
    34: "voice",
    37: "system",
    42: "contact",
    43: "video",
    47: "sticker",
    48: "place",
    50: "call",
    62: "video",
    64: "system",
    65: "contact",
    66: "contact",
    9999: "system",
    10000: "system",
    10002: "system",
}
_APP = 49
_SUBTYPES: Mapping[int, Kind] = {
    1: "text",
    6: "file",
    8: "sticker",
    17: "place",
    19: "forward",
    24: "forward",
    40: "forward",
    53: "list",
    57: "quote",
    62: "system",
    74: "file",
    87: "announcement",
    2000: "money",
    2001: "money",
    2003: "money",
}
"""Other subtypes are cards: links (4, 5), music (3), mini-programs (33, 36), channels (51, 63, 88), products."""
_PUBLIC: Mapping[int, Kind] = {
    0: "text",
    1: "picture",
    2: "voice",
    3: "video",
    4: "file",
    5: "sticker",
    7: "card",
    8: "place",
    20: "money",
    21: "money",
    22: "system",
    23: "call",
    24: "card",
    25: "quote",
    26: "forward",
    27: "contact",
    80: "system",
    81: "withdrawn",
}
"""The numbers of ChatLab's exchange format."""
_HALF = 1 << 32
"""WeChat 4 stores subtype × 2^32 + type in one number."""


def kind_of(kind: str, subtype: str = "") -> Kind:
    """Return the kind of a message from its type and subtype, numbers or words, as an archive writes them."""
    word = kind.strip().lower()
    if not _is_number(word):
        return _words().get(word, "unknown") if word else "text"
    number = int(float(word))
    second = int(float(subtype)) if _is_number(subtype.strip()) else 0
    if number >= _HALF:
        number, second = number % _HALF, number // _HALF
    if number == _APP or (number not in _TYPES and number & 0xFFFF == _APP):
        return _SUBTYPES.get(second, "card")
    return _TYPES.get(number, "unknown")


def app_kind(subtype: str) -> Kind:
    """Return the kind of what an application has sent, from the type that its XML names (`subtype`)."""
    return _SUBTYPES.get(int(subtype), "card") if subtype.isdecimal() else "card"


def public_kind(kind: str) -> Kind:
    """Return the kind of a message from its number in ChatLab's exchange format."""
    return _PUBLIC.get(int(kind), "unknown") if kind.isdecimal() else "unknown"


def named_kind(word: str) -> Kind | None:
    """Return the kind that a word such as 图片 names, None where it names none."""
    return _words().get(word.strip().lower())


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


@cache
def _words() -> Mapping[str, Kind]:
    text = files("xuanpin.pipelines.ingest.formats.chats").joinpath("kinds.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {word: cast("Kind", row["kind"]) for row in rows for word in row["words"].split("|")}
