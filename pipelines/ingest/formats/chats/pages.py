"""Archives that are web pages: messages as objects in a script, or as blocks of the page itself."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from xuanpin.pipelines.ingest.formats.chats.archives import Archive
from xuanpin.pipelines.ingest.formats.chats.contents import OWNER
from xuanpin.pipelines.ingest.formats.chats.families import Family, family_of
from xuanpin.pipelines.ingest.formats.chats.kinds import Kind, kind_of
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage

_LOOK, _LONGEST = 1 << 18, 1 << 17
"""Characters that are read at a time, and that one message of a page may have."""
_NAME = r"[\"']?(?P<name>\w+)[\"']?\s*+:\s*+"
_PLAIN = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|[-\w.]++|\{[^{}]*+\}|\[[^\[\]]*+\]"
_VALUE = rf"(?P<value>{_PLAIN})"
_MEMBER = re.compile(_NAME + _VALUE, re.DOTALL)
_OBJECT = re.compile(rf"\{{(?:\s*+[\"']?\w++[\"']?\s*+:\s*+(?:{_PLAIN})\s*+,?)++\s*+\}}", re.DOTALL)
"""An object as scripts write it: names with quotes or without, texts in either quotes; what it holds may be flat."""
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": "", "0": ""}
_BLOCK = re.compile(r"class=\"msg chat[ -](?:left|right|notice)|class=\"msg chat\b")
_WHEN = re.compile(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?\s+\d{1,2}:\d{2}(?::\d{2})?")


def page_archive(file: Path) -> Archive | None:
    """Return the archive in a UTF-8 web page (`file`), None where it has no messages that are known."""
    for _, row in _objects(file):
        if family := family_of(row):
            return Archive(family.name, lambda: _scripted(file, family), frozenset(row))
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        has_blocks = any(_BLOCK.search(piece) for piece in iter(lambda: stream.read(_LOOK), ""))
    return Archive("WechatExporter", lambda: _blocks(file)) if has_blocks else None


def _scripted(file: Path, family: Family) -> Iterator[ChatMessage]:
    for place, row in _objects(file):
        if family.is_of(row):
            yield family.message(row, place)


def _objects(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and members, with names in lower case, of the flat objects of a page's scripts."""
    number, rest = 0, ""
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        while piece := stream.read(_LOOK):
            rest, end = rest + piece, 0
            for found in _OBJECT.finditer(rest):
                number, end = number + 1, found.end()
                yield number, {part["name"].lower(): _plain(part["value"]) for part in _MEMBER.finditer(found[0])}
            rest = rest[max(end, len(rest) - _LONGEST) :]


def _plain(value: str) -> str:
    """Return a value of a script as text: without quotes, escapes and the entities of the page."""
    if value[0] not in "'\"":
        return {"true": "1", "false": "0", "null": "", "undefined": ""}.get(value, value)
    return html.unescape(_ESCAPE.sub(_unescaped, value[1:-1]))


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1:
        return str(json.loads(f'"\\u{code[1:].zfill(4)}"'))
    return _LETTERS.get(code, code)


def _blocks(file: Path) -> Iterator[ChatMessage]:
    page = _Page()
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        while piece := stream.read(_LOOK):
            page.feed(piece)
            yield from page.taken()
    page.close()
    yield from page.taken()


class _Page(HTMLParser):
    """Collects the blocks of a page that are messages: sides, names, times and texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._messages: list[ChatMessage] = []
        self._count, self._depth = 0, 0
        self._is_owner, self._kind, self._id = False, "", ""
        self._texts: dict[str, list[str]] = {}
        self._spans: list[str] = []
        self._path = ""

    def taken(self) -> list[ChatMessage]:
        """Return the messages that are complete, each once."""
        messages, self._messages = self._messages, []
        return messages

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        names = given.get("class", "").replace("chat-", "chat ").split()
        if tag == "div":
            if not self._depth and names[:2] == ["msg", "chat"]:
                self._begin(names, given)
            self._depth += bool(self._depth or names[:2] == ["msg", "chat"])
        elif not self._depth:
            return
        elif tag == "span":
            self._spans.append(_part_of(names, self._spans))
        elif tag == "a":
            self._path = self._path or given.get("href", "")
            self._spans.append("title")
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("span", "a") and self._spans:
            self._spans.pop()
        if tag == "div" and self._depth:
            self._depth -= 1
            if not self._depth:
                self._end()

    def handle_data(self, data: str) -> None:
        if self._depth:
            part = self._spans[-1] if self._spans else "rest"
            self._texts.setdefault(part, []).append(data)

    def _begin(self, names: list[str], given: dict[str, str]) -> None:
        self._is_owner, self._kind, self._id = "right" in names, given.get("msgtype", ""), given.get("msgid", "")
        self._kind = "10000" if "notice" in names else self._kind
        self._texts, self._spans, self._path = {}, [], ""

    def _end(self) -> None:
        self._count += 1
        when = _WHEN.search("".join(self._texts.get("rest", ())))
        name, text = ("".join(self._texts.get(part, ())).strip() for part in ("name", "text"))
        kind: Kind = kind_of(self._kind) if self._kind else "text"
        # A page does not say which card it is; one that leads nowhere is an answer.
        kind = "text" if kind == "card" and not self._path else kind
        title = "".join(self._texts.get("title", ())).strip()
        self._messages.append(
            ChatMessage(
                self._count,
                id=self._id,
                names=(name,) if name and name != OWNER else (),
                is_owner=self._is_owner,
                at=when[0] if when else "",
                kind=kind,
                content=text,
                path=self._path,
                title=title,
            )
        )


def _part_of(names: list[str], within: list[str]) -> str:
    """Return what a span holds: the name, words, words that are answered, or what the span around it does."""
    if "refermsg" in names:
        return "quoted"
    if "dspname" in names or any(name.startswith("name-") for name in names):
        return "name"
    if "dont-break-out" in names or "msg-text" in names:
        return "text"
    return within[-1] if within else "rest"
