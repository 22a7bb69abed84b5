"""Requests that no page of the desk asks for, by seed: odd paths, values, headers, cookies and bodies."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute

VALUES = (
    "", " ", "0", "-1", "1e400", "NaN", "S1", "S000001", "A0001", "2026-11-22", "9999-99-99", "0001-01-01",
    "9999-12-31", "../../../etc/passwd", "..%2f..%2fusers.toml", "/etc/passwd", "C:\\x", "a" * 5_000, "9" * 40,
    "\x00", "\ud83d", "\u202e", "<script>alert(1)</script>", "{{ 7 * 7 }}", "'; drop table x; --", "%s%n", "${jndi:ldap://x}",
    "\r\nSet-Cookie: a=b", "王敏", "null", "true", "[]", '{"a": 1}', "*", "?", "#", "é", "\U0001f600",
    "list_date=2026-11-22", "run=" + "a" * 12,
)  # fmt: skip
"""What a value of an address or a form may be when nobody means well."""
METHODS = ("GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW")
KINDS = (
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/json",
    "text/plain", "application/octet-stream", "x", "",
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """One request."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    content: bytes


def attack(
    seed: int, routes: Sequence[APIRoute], cookie: str = "", secret: str = "", known: Sequence[str] = ()
) -> Attack:
    """The request of a seed; it brings a session's `cookie`, and the `secret` of its forms, where there is one.

    `known` are values that the home holds: a fourth of those that are sent.
    """
    draw = Draw(seed, known)
    route = draw.choice(routes)
    method = draw.choice([*route.methods] * 4 + [draw.choice(METHODS)])
    fields = _fields(draw, route) | ({"csrf": secret} if secret else {})
    kind = KINDS[0] if secret and draw.random() < 0.8 else draw.choice(KINDS)
    headers = [(b"content-type", kind.encode()), *_headers(draw)]
    if cookie:
        headers.append((b"cookie", f"xuanpin_desk={cookie}".encode()))
    return Attack(method, _path(draw, route), headers, _body(draw, kind, fields))


def routes_of(app: FastAPI, but: Sequence[str] = ()) -> list[APIRoute]:
    """The pages of an application without those at the paths `but`."""
    return [route for route in app.routes if isinstance(route, APIRoute) and route.path not in but]


def home_digests(root: Path) -> dict[str, str]:
    """The hash of each file of a home but of its logs, and of its keys, which are made when they are first needed."""
    every = [path for path in sorted(root.rglob("*")) if path.is_file()]
    files = [path for path in every if path.relative_to(root).parts[0] not in ("logs", "keys")]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Draw(random.Random):
    """Draws by a seed; values that are known come among the others."""

    def __init__(self, seed: int, known: Sequence[str]) -> None:
        super().__init__(seed)
        self.known = known

    def value(self) -> str:
        """A value of an address or a form."""
        if self.known and self.random() < 0.25:
            return self.choice(self.known)
        value = self.choice(VALUES)
        return value if self.random() < 0.8 else f"{value}{self.choice(VALUES)}"


def _quoted(text: str) -> str:
    return quote(text, safe="/.", errors="surrogatepass")


def _path(draw: Draw, route: APIRoute) -> str:
    parts = [_quoted(draw.value()) if part.startswith("{") else part for part in route.path.split("/")]
    path = "/".join(parts) or "/"
    if draw.random() < 0.1:
        path += draw.choice(("/", "/..", "//x", ";x", "%00", "/.%2e/", "%ff"))
    names = [field.alias for field in route.dependant.query_params] or ["q"]
    query = {name: draw.value() for name in names if draw.random() < 0.6} | {draw.choice(VALUES): draw.value()}
    return path if draw.random() < 0.3 else f"{path}?{urlencode(query, errors='surrogatepass')}"


def _fields(draw: Draw, route: APIRoute) -> dict[str, str]:
    names = [field.alias for field in route.dependant.body_params] or ["reason", "sku_id"]
    return {name: draw.value() for name in names if draw.random() < 0.9}


def _headers(draw: Draw) -> list[tuple[bytes, bytes]]:
    odd: list[tuple[bytes, bytes]] = [
        (b"accept-language", draw.value().encode(errors="replace")),
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"x-forwarded-user", b"admin"),
        (b"origin", b"http://127.0.0.1:8090"),
        (b"cookie", f"lang={draw.choice(('zh', 'en', 'fr', '<b>'))}".encode()),
        (b"cookie", b"xuanpin_notice=x.y; xuanpin_desk=a.b.c"),
        (b"content-length", draw.choice((b"-1", b"x", b"9" * 30, "٣".encode()))),
        (b"referer", b"http://elsewhere.example/"),
        (b"x-desk-notice", b'["signed_out", {}]'),
    ]
    return draw.sample(odd, k=draw.choice((0, 0, 1, 2)))


def _body(draw: Draw, kind: str, fields: dict[str, Any]) -> bytes:
    if kind.startswith("multipart") or draw.random() < 0.1:
        return bytes(draw.randrange(256) for _ in range(draw.randrange(200)))
    return urlencode(fields, errors="surrogatepass").encode()
