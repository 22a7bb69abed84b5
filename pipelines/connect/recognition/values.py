"""Says what the sampled values of a column look like, each by itself: number, time, telephone, words and so on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from xuanpin.pipelines.connect.recognition.names import folded

MOST_LOOKED_AT = 300
"""Different values of a column that are looked at one by one: shares from 300 are within 6 points, and a folder of 30
exports stays within seconds."""
MOST_WORDS = 60
"""Different values up to which a column can be an enumeration; statuses and reasons of all known exports are fewer."""
EMPTY = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "/",
        "\\",
        "null",
        "none",
        "nan",
        "n/a",
        "na",
        "nil",
        "#n/a",
        "0000-00-00",
        "0000-00-00 00:00:00",
    }
)
"""What exports write where there is nothing; 无 is a word (no) and stays one."""

_WRAPPERS = frozenset("='\"`")
_WRAPPED = re.compile(r"""^=?"(.*?)"$|^['`](.*?)`?$""")
_MONEY = re.compile(
    r"^(?:[¥￥$€£₹]|rmb|cny|usd|inr|rs\.?|eur|gbp|myr|rm|sgd|php|r\$|us\$|hk\$|nt\$)\s*|\s*(?:元|圆|rmb|cny|usd|件|个|份|天|人)$"
)
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?|[+-]?\d*\.\d+|\(\d+(?:\.\d+)?\)")
_EXPONENT = re.compile(r"\d(?:\.\d+)?e\+?\d{2}")
_DAY = r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?|" r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\d{2})?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = re.compile(
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s)?(?:{_DAY}|{_MONTH}\.?[\s-]\d{{1,2}},?[\s-]\d{{2,4}}|\d{{1,2}}[\s-]{_MONTH}\.?,?[\s-]\d{{2,4}})"
    r"(?:(?:[t\s,]|日)\s*(?:上午|下午|中午|凌晨|晚上|早上)?\s*\d{1,2}[:：时点]\d{1,2}.*)?|20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?"
    rf"|[a-z]{{3}}\s{_MONTH}\s\d{{1,2}}\s\d{{2}}:\d{{2}}:\d{{2}}\s.*\d{{4}}"
)
_CLOCK = re.compile(
    r"(?:每[日天])?\s*(?:上午|下午|中午|晚上)?\s*(?:[01]?\d|2[0-4])[:：点时](?:[0-5]\d)?(?::[0-5]\d)?分?"
)
_SERIAL = re.compile(r"4\d{4}(?:\.\d+)?")
"""Day numbers of a spreadsheet from 2009 to 2036."""
_LONGEST_AMOUNT = 7
"""Digits of the largest amount or count that is believed; longer numbers are ids."""
_EPOCH = re.compile(r"1[4-9]\d{8}(?:\d{3})?(?:\.\d+)?")
_PHONE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[\d*xX]{4}\d{4}(?:-\d{1,6})?|\+\d{1,3}[-\s()\d]{8,16}|0\d{2,3}-\d{7,8}")
_URL = re.compile(r"(?:https?:)?//\S+|www\.\S+")
_IMAGE = re.compile(r"\.(?:jpe?g|png|webp|gif|bmp)(?:[?!_].*)?$|/(?:img|image|images|photo|pic)[./]")
_EMAIL = re.compile(r"\S+@\S+\.\w{2,}")
_ID = re.compile(r"[#a-z0-9][a-z0-9_\-./#:@*+]*")
_YES_NO = frozenset({"是", "否", "有", "无", "y", "n", "yes", "no", "true", "false", "t", "f", "√", "×", "✓", "✗"})
_GOODS = re.compile(r"(?:[x×*＊]\s*\d+\s*(?:[;；,，+|、\n]|$)|[（(]\d+\s*件[)）])")


@dataclass(frozen=True)
class Profile:
    """What the values of one column of a sample of `row_count` rows look like.

    `written` has the words of a column that can be an enumeration as the export writes them, with their counts.
    `filled` is the share of cells that hold something, `counts` how often each different one (folded) occurs, and
    `shares` the share of looked-at filled values of each kind of `kinds_of`.
    """

    row_count: int
    filled: float
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no row of the sample has a value."""
        return not self.counts

    @cached_property
    def cell_count(self) -> int:
        """Cells that hold a value."""
        return sum(self.counts.values())

    @cached_property
    def unique_share(self) -> float:
        """Different values a filled cell: 1 where no value stands twice; 0 for an empty column."""
        return len(self.counts) / self.cell_count if self.counts else 0.0

    @property
    def is_enumeration(self) -> bool:
        """Whether the values can be the words of a list: few, and short."""
        return 0 < len(self.counts) <= MOST_WORDS and max(map(len, self.counts)) <= 40

    def share(self, *kinds: str) -> float:
        """The share of looked-at values that are of one of the `kinds`; kinds do not overlap within one question."""
        return min(1.0, sum(self.shares.get(kind, 0.0) for kind in kinds))


def profile(cells: Sequence[str | None]) -> Profile:
    """Look at the `cells` of one column; the order of rows does not matter."""
    raw = Counter(cells)
    raw.pop(None, None)
    counts: dict[str, int] = {}
    for cell, count in raw.items():
        text = tidy(cell)
        if text not in EMPTY:
            counts[text] = counts.get(text, 0) + count
    counts = dict(sorted(counts.items()))
    looked_at = _spread(tuple(counts))
    kinds = Counter(kind for text in looked_at for kind in kinds_of(text))
    shares = {kind: count / len(looked_at) for kind, count in sorted(kinds.items())}
    filled = sum(counts.values()) / len(cells) if cells else 0.0
    return Profile(len(cells), filled, counts, shares, _written(raw) if len(counts) <= MOST_WORDS else {})


def _written(raw: Mapping[str | None, int]) -> dict[str, int]:
    """Return the filled cells as the export writes them, without blanks at their ends, with their counts."""
    words: Counter[str] = Counter()
    for cell, count in raw.items():
        if cell is not None and tidy(cell) not in EMPTY:
            words[cell.strip()] += count
    return dict(sorted(words.items()))


def tidy(raw: str | None) -> str:
    """Return a cell (`raw`) folded and without what a spreadsheet wraps around a text (="00123", '00123)."""
    text = folded(raw or "")
    if text[:1] not in _WRAPPERS:
        return text
    found = _WRAPPED.match(text)
    return text if found is None else (found.group(1) or found.group(2) or "").strip()


def _spread(values: Sequence[str]) -> Sequence[str]:
    """At most MOST_LOOKED_AT of the sorted values, evenly spread."""
    if len(values) <= MOST_LOOKED_AT:
        return values
    step = len(values) / MOST_LOOKED_AT
    return [values[int(at * step)] for at in range(MOST_LOOKED_AT)]


@lru_cache(maxsize=200_000)
def kinds_of(text: str) -> tuple[str, ...]:
    """Return the kinds of a tidy value (`text`).

    One of: time, phone, url, email, exponent, percent, integer, decimal, yes_no, clock, id, chinese, latin; and beside
    it: epoch, serial (a day number of a spreadsheet), long (over 7 digits), negative, padded (with leading zeros),
    image, long_text (over 24 characters), goods (a quantity behind a title), list, path.
    """
    first = _first_kind(text)
    return (first, *_further(text, first))


def _first_kind(text: str) -> str:
    if _URL.match(text) or text.startswith("data:image"):
        return "url"
    if _PHONE.fullmatch(text):
        return "phone"
    if _TIME.fullmatch(text):
        return "time"
    if _EMAIL.fullmatch(text):
        return "email"
    if _EXPONENT.fullmatch(text):
        return "exponent"
    amount = _MONEY.sub("", text)
    if _NUMBER.fullmatch(amount):
        return "decimal" if "." in amount else "integer"
    if amount.endswith("%") and _NUMBER.fullmatch(amount[:-1].strip()):
        return "percent"
    if text in _YES_NO:
        return "yes_no"
    if _CLOCK.fullmatch(text):
        return "clock"
    if _ID.fullmatch(text) and any(letter.isdigit() for letter in text):
        return "id"
    return "chinese" if re.search("[\u4e00-\u9fff]", text) else "latin"


def _further(text: str, first: str) -> tuple[str, ...]:
    if first in ("integer", "decimal"):
        return tuple(_of_number(_MONEY.sub("", text).replace(",", "")))
    if first in ("chinese", "latin"):
        return tuple(_of_text(text))
    return ("image",) if first in ("url", "id") and _IMAGE.search(text) else ()


def _of_number(bare: str) -> list[str]:
    whole, point, _ = bare.partition(".")
    found = ["epoch"] if _EPOCH.fullmatch(bare) else []
    found += ["serial"] if _SERIAL.fullmatch(bare) else []
    found += ["long"] if len(whole) > _LONGEST_AMOUNT else []
    found += ["negative"] if bare.startswith(("-", "(")) else []
    return [*found, "padded"] if bare.startswith("0") and len(bare) > 1 and not point else found


def _of_text(text: str) -> list[str]:
    found = []
    if len(text) > 24:
        found.append("long_text")
    if _GOODS.search(text):
        found.append("goods")
    if re.search(r"[|、,，;；]", text):
        found.append("list")
    if re.search(r"\S\s*(?:>|/|->|»|›|\\)\s*\S", text):
        found.append("path")
    return found
