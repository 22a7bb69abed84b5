"""Posts one message to an address, and takes it for sent only where the answer says so.

An address holds a secret: no failure tells more than its kind, and what an answer says is not repeated.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

JSON = {"Content-Type": "application/json; charset=utf-8"}
LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read; robots answer with a few dozen."""


class NotSent(Exception):
    """A message was not taken; the text says why, in no language. `asked` is the pause that the server asks for."""

    def __init__(self, why: str, asked: timedelta | None = None) -> None:
        """Hold why the message was not taken (`why`), and the pause that was asked for."""
        super().__init__(why)
        self.asked = asked


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the library would repeat a POST as a GET without its body, and call that sent."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def post(address: str, body: bytes, headers: Mapping[str, str], timeout: float) -> bytes:
    """Post a `body` with its `headers` to an `address`; return the answer. `timeout` is in seconds. Raises NotSent."""
    try:
        if urlsplit(address).scheme not in ("http", "https"):
            # The library would open a file or another protocol, and send nothing.
            raise NotSent("no web address")
        request = urllib.request.Request(address, body, {**JSON, **headers})
        with urllib.request.build_opener(_Staying).open(request, timeout=timeout) as answer:
            content: bytes = answer.read(LONGEST_ANSWER)
            return content
    except HTTPError as error:
        error.close()
        raise NotSent(f"HTTP {error.code}", _asked(error.headers.get("Retry-After"))) from None
    except URLError as error:
        raise NotSent(type(error.reason).__name__ if isinstance(error.reason, Exception) else "URLError") from None
    except (OSError, ValueError, HTTPException) as error:
        raise NotSent(type(error).__name__) from None


def require_taken(answer: bytes, *, is_certain: bool = True) -> None:
    """Raise NotSent for the answer of a robot that took nothing: they say so in a code, under a status of 200.

    Without `is_certain` an answer without any code will do, for programs that only take the form of a robot's message.
    """
    code = _code(answer)
    if code is None and not is_certain:
        return
    if type(code) is not int:
        raise NotSent("no errcode")
    if code != 0:
        raise NotSent(f"errcode {code}")


def _code(answer: bytes) -> Any:
    try:
        content = json.loads(answer)
    except ValueError:
        return None
    return content.get("errcode") if isinstance(content, dict) else None


def _asked(text: str | None) -> timedelta | None:
    """Return the pause of a Retry-After header, in seconds or as a moment; None where it says neither."""
    if text is None:
        return None
    try:
        return max(timedelta(seconds=int(text)), timedelta())
    except (ValueError, OverflowError):
        pass
    try:
        at = parsedate_to_datetime(text)
        return max(at.astimezone(UTC) - datetime.now(UTC), timedelta())
    except (ValueError, TypeError, OverflowError):
        return None
