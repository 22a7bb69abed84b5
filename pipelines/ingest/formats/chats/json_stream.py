"""Reads a JSON document of any size part by part: the members of its object, and the elements of their lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Part = tuple[str, Any]
"""The name of a member of the document ('' for a document that is a list) and its value, or one element of its list."""

_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[\s,:\ufeff]*")
_CHUNK = 1 << 16
_LARGEST = 1 << 28
"""Characters of one value beyond which a document is not read: a list of pictures of all members has a tenth."""


class BrokenJsonError(ValueError):
    """A document that ends within a value or is no JSON."""


def document_parts(file: Path, after: str = "") -> Iterator[Part]:
    """Yield the parts of a document, which begins behind the text `after` in the file; raises BrokenJsonError."""
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        reader = _Reader(stream)
        reader.skip_to(after)
        if reader.take("["):
            yield from reader.elements("")
        elif reader.take("{"):
            while not reader.take("}"):
                name = reader.value()
                if not isinstance(name, str):
                    raise BrokenJsonError
                if reader.take("["):
                    yield from reader.elements(name)
                else:
                    yield name, reader.value()
        else:
            raise BrokenJsonError


class _Reader:
    """The text that is read and not used yet."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._text, self._place, self._is_over = "", 0, False

    def skip_to(self, mark: str) -> None:
        """Go behind the first `mark`, where there is one."""
        while mark and mark not in self._text:
            if not self._more():
                raise BrokenJsonError
        self._place = self._text.find(mark) + len(mark)

    def take(self, mark: str) -> bool:
        """Tell whether `mark`, one character, comes next, and go behind it."""
        self._skip_gap()
        found = self._text.startswith(mark, self._place)
        self._place += found
        return found

    def elements(self, name: str) -> Iterator[Part]:
        """Yield the elements of the list that has begun."""
        while not self.take("]"):
            yield name, self.value()

    def value(self) -> Any:
        """Return the value that comes next."""
        self._skip_gap()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._place)
            except (ValueError, RecursionError):
                end = None
            # A number may go on behind what was read.
            if end is not None and (end < len(self._text) or not self._more()):
                self._place = end
                return value
            if end is None and not self._more():
                raise BrokenJsonError

    def _skip_gap(self) -> None:
        while True:
            match = _GAP.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                return
            if not self._more():
                raise BrokenJsonError

    def _more(self) -> bool:
        """Read on, twice as much as is waiting, so that a long value is not tried once a chunk."""
        kept = self._text[self._place :]
        if self._is_over or len(kept) > _LARGEST:
            return False
        added = self._stream.read(max(_CHUNK, len(kept)))
        self._is_over = not added
        self._text, self._place = kept + added, 0
        return not self._is_over
