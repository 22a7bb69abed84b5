"""What of a text is in the other language: words that are neither names nor data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from html.parser import HTMLParser

from xuanpin.pipelines.contracts import published_contracts, source_contracts

CHINESE = re.compile("[\u3400-\u9fff]+")
ENGLISH = re.compile("[A-Za-z][A-Za-z_]+")
NAMES = {"xuanpin", "Xuanpin", "report", "xlsx", "html", "Excel", "Parquet", "Airflow", "logs", "reviews", "answers"}
"""What is called the same in both languages (programs, files, folders), besides words of capitals (SKU, CSV)."""
BUTTONS = ("English", "中文")
"""What changes the language is written in the one that it changes to."""
COMMANDS = re.compile(
    r"`[^`]*`|xuanpin [a-z-]+(?: [a-z-]+)?(?: / [a-z-]+)?|--[a-z-]+|\[[a-z]+\] [a-z_]+|[a-z_]+\.[a-z_]+"
)
"""What is typed: commands with their options, and settings."""
SHEETS = re.compile("人工干预 overrides")
"""The name of a sheet, in the texts that send a reader there."""
IDS = re.compile(r"[A-Za-z]+[-\d][\w-]*")


def contract_names() -> set[str]:
    """Names of tables and columns, which are ids to whoever sends the data."""
    contracts = (*source_contracts(), *published_contracts())
    return {contract.name for contract in contracts} | {
        column.name for contract in contracts for column in contract.columns
    }


def strangers(text: str, language: str, data: Collection[str]) -> list[str]:
    """The words of `text` that are not of its `language` (zh or en), without names, ids and the `data` quoted in it."""
    for quoted in sorted(data, key=len, reverse=True):
        text = text.replace(quoted, " ")
    text = IDS.sub(" ", COMMANDS.sub(" ", SHEETS.sub(" ", text)))
    if language == "en":
        return CHINESE.findall(text)
    known = NAMES | contract_names()
    return [word for word in ENGLISH.findall(text) if word not in known and not word.isupper()]


class Spans(HTMLParser):
    """Collects the texts of a page's spans by their language, and those that its script puts in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [(code, text) for code in ("zh", "en") if (text := values.get(f"data-{code}"))]
        if tag == "span":
            self._open.append((values.get("lang") or "")[:2] or None)

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] and data.strip():
            self.found.append((self._open[-1], data))


def spans(html: str) -> list[tuple[str, str]]:
    """Every text of the page that is there in one language, with that language (zh, en)."""
    parser = Spans()
    parser.feed(html)
    return parser.found


def mixed(texts: Iterable[tuple[str, str]], data: Collection[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Those of `texts` (language, text) that have words of the other language, with these words."""
    for language, text in texts:
        found = strangers(text, language, data)
        if found:
            yield language, text, found
