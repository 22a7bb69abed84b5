"""Reads the XML in which a chat program keeps all that is not plain text, safely: no entities, no document types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from xuanpin.pipelines.ingest.formats.records import LINE_LIMIT

_DEEPEST, _MOST_PARTS = 32, 2_000
"""Levels and parts of XML beyond which it is not read: a message of a chat has 8 and 150."""
_PREFIX = re.compile(r"([\w@.\-]{2,64}):\s*\n?\s*(?=<)")
"""The account before the content of a message in a room, as databases of phones store it."""
_START = re.compile(r"<(?:\?xml|msg|sysmsg|appmsg|revokemsg|voicemsg|msglist|_wc)\b", re.IGNORECASE)

Parts = Mapping[str, str]
"""Texts of the parts of XML by their path below its root, such as `appmsg/title`, and attributes as `path@name`."""


class BrokenXmlError(ValueError):
    """XML that does not parse, has a document type, which could name entities, or is deeper than a message can be."""


def is_xml(content: str) -> bool:
    """Tell whether the `content` of a message is XML of a chat program, and not text that has a bracket."""
    return _START.match(_without_account(content).lstrip()) is not None


def _without_account(content: str) -> str:
    match = _PREFIX.match(content)
    return content[match.end() :] if match else content


def read_xml(content: str) -> Parts:
    """Return the texts of the XML in `content` by their paths, the first of each; raises BrokenXmlError."""
    text = _without_account(content).strip()
    if len(text) > LINE_LIMIT:
        raise BrokenXmlError
    reader = _Reader()
    try:
        reader.read(text)
    except expat.ExpatError:
        raise BrokenXmlError from None
    return reader.parts


class _Reader:
    """Collects texts by path; the root's name is left out where it is `msg`."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, text: str) -> None:
        self._parser.Parse(re.sub(r"^<\?xml[^>]*\?>", "", text).encode("utf-8", "replace"), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST or len(self.parts) >= _MOST_PARTS:
            raise BrokenXmlError
        self._path.append(name)
        self._text.clear()
        for key, value in attributes.items():
            self.parts.setdefault(f"{self._place()}@{key}", value)

    def _end(self, _name: str) -> None:
        if text := "".join(self._text).strip():
            self.parts.setdefault(self._place(), text)
        self._text.clear()
        self._path.pop()

    def _place(self) -> str:
        return "/".join(self._path[1:] if self._path[0] == "msg" else self._path)

    def _refuse(self, *_: object) -> None:
        raise BrokenXmlError
