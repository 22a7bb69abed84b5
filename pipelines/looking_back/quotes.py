"""What customers said of a SKU, as the reports of the last nights quote it, redacted; nothing else is ever quoted.

Who is forgotten is taken out of the reports, and so out of here: a report is read again when it has changed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.looking_back.nights import Nights

QUOTED_NIGHTS = 14
"""Newest reports that are searched; older words say little of what is delivered now."""
ERASED = "…"
_QUOTE = re.compile(r' data-sku="([^"]+)" data-message="([^"]*)">([^<]+)<')


class KeptQuote(NamedTuple):
    """Hold the redacted `text` of a message or a return, and the first `list_date` whose report quotes it."""

    text: str
    list_date: str


def quotes_on(home: Home, nights: Nights, sku_id: str) -> tuple[KeptQuote, ...]:
    """Return what the reports of the newest of the `nights` quote on the SKU `sku_id`, each message once."""
    found: dict[str, KeptQuote] = {}
    for run in reversed(nights[:QUOTED_NIGHTS]):
        path = run_store.run_folder(home, run) / "report.html"
        for message, text in _quotes(path).get(sku_id, {}).items():
            found.setdefault(message, KeptQuote(text, run.list_date))
    return tuple(sorted(found.values(), key=lambda quote: quote.list_date, reverse=True))


def _quotes(path: Path) -> Mapping[str, Mapping[str, str]]:
    try:
        stat = path.stat()
        return _read(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except OSError:
        return {}


@lru_cache(maxsize=QUOTED_NIGHTS)
def _read(path: Path, stamp: tuple[int, int, int]) -> Mapping[str, Mapping[str, str]]:
    """Return the quotes of a report as it is at the time `stamp`: by SKU, and by the id of the message."""
    quotes: dict[str, dict[str, str]] = {}
    for sku_id, message, text in _QUOTE.findall(path.read_text(encoding="utf-8", errors="replace")):
        if text != ERASED:
            quotes.setdefault(html.unescape(sku_id), {})[message] = html.unescape(text)
    return quotes
