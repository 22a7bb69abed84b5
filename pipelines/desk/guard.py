"""Stands before every page: who asks, from where and how often, what is refused, and which headers an answer has.

Nothing is answered without a sign-in but the pages in OPEN: a page that is added later is closed by itself.
"""

from __future__ import annotations

import json
import logging
from http.cookies import SimpleCookie

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xuanpin.pipelines.desk import sessions
from xuanpin.pipelines.desk.agent_visit import visiting_agent
from xuanpin.pipelines.desk.body import limited
from xuanpin.pipelines.desk.forms import BY_ADDRESS, READING
from xuanpin.pipelines.desk.headers import security_headers
from xuanpin.pipelines.desk.origin import Origin, is_known_host, is_own_origin, origin_of
from xuanpin.pipelines.desk.page import NOTICE_COOKIE, NOTICE_HEADER, error_page, home_path, keep_place, route_path
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sign_in import sign_in_page
from xuanpin.pipelines.errors import XuanpinError

OPEN = ("/login", "/health")
OPEN_BELOW = ("/static/", BY_ADDRESS)
"""What is answered to anybody: signing in, whether the desk lives, styles, and agents' pages, which links open."""

log = logging.getLogger("xuanpin")
UPLOADS = "/connect/files"
"""Where operators send exports."""
STRANGERS_BYTES = 16 << 10
"""What is read of a form from somebody who has not signed in: a name and a password, or an agent's answer."""
NOTICE_BYTES = 3_000
"""A browser drops a cookie of more than about 4,000 bytes."""


class Guard:
    """The outermost layer of the application `app`, which serves `place`."""

    def __init__(self, app: ASGIApp, place: DeskPlace) -> None:
        """Stand before `app`."""
        self.app, self.place = app, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a connection of another kind is closed."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not is_known_host(self.place, headers):
            await _plain(400, "this desk has another name; see [desk] hosts")(scope, receive, send)
            return
        request = Request(scope, receive)
        keep_place(request)
        try:
            origin = self._admit(request, headers)
            refused = self._refusal(request, headers, origin)
        except (XuanpinError, OSError) as error:
            # A stranger learns neither where the home is nor what is wrong with it.
            log.error("the desk cannot tell who asks: %s", error)
            await _plain(503, "the desk cannot read its people or its key; its log says why")(scope, receive, send)
            return
        answer = refused or self.app
        await answer(scope, limited(receive, self._most_bytes(request)), self._sealed(request, origin, send))

    def _most_bytes(self, request: Request) -> int:
        """Return how much is read of a request: files from an operator, a form from others, little from strangers."""
        desk, person = self.place.settings.desk, request.state.visit.person
        if person is None:
            return min(STRANGERS_BYTES, desk.body_kilobytes << 10)
        takes_files = person.may_operate and route_path(request) == UPLOADS
        return desk.upload_megabytes << 20 if takes_files else desk.body_kilobytes << 10

    def _admit(self, request: Request, headers: Headers) -> Origin:
        """Find out who asks, and keep it where the pages look for it."""
        origin = origin_of(self.place, request.scope, headers)
        visit = sessions.read_visit(self.place, request.cookies.get(sessions.COOKIE))
        if origin.person is not None:
            visit = sessions.vouched_visit(self.place, visit, origin.person)
        request.state.visit, request.state.origin = visit, origin
        return origin

    def _refusal(self, request: Request, headers: Headers, origin: Origin) -> Response | None:
        """Return the answer to a request that goes no further; None for one that does."""
        person, path = request.state.visit.person, route_path(request)
        asker, now = asker_of(self.place, request, origin), self.place.clock()
        if not self.place.requests.take(asker, now):
            response = error_page(request, 429)
            response.headers["retry-after"] = str(self.place.requests.wait(asker, now))
            return response
        if int_or_zero(headers.get("content-length", "")) > self._most_bytes(request):
            return error_page(request, 413)
        if person is None and not (path in OPEN or path.startswith(OPEN_BELOW)):
            return sign_in_page(request, 401)
        if request.method not in READING and not is_own_origin(self.place, headers):
            return error_page(request, 403)
        return None

    def _sealed(self, request: Request, origin: Origin, send: Send) -> Send:
        """Return a `send` that adds to the answer's head what every answer has."""

        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._seal(request, origin, MutableHeaders(scope=message))
            await send(message)

        return sealing

    def _seal(self, request: Request, origin: Origin, head: MutableHeaders) -> None:
        for name, value in security_headers(self.place).items():
            head.setdefault(name, value)
        head.setdefault("cache-control", "no-cache" if route_path(request).startswith("/static/") else "no-store")
        visit = request.state.visit
        if visit.is_new:
            self._set(head, request, origin, sessions.COOKIE, sessions.written(self.place, visit.session))
        if NOTICE_HEADER in head:
            text = sessions.signed(self.place, "notice", json.loads(head[NOTICE_HEADER]))
            del head[NOTICE_HEADER]
            if len(text) <= NOTICE_BYTES:
                self._set(head, request, origin, NOTICE_COOKIE, text)

    def _set(self, head: MutableHeaders, request: Request, origin: Origin, name: str, value: str) -> None:
        cookie: SimpleCookie = SimpleCookie({name: value})
        cookie[name]["path"] = home_path(request)
        cookie[name]["httponly"] = True
        cookie[name]["samesite"] = "Lax"
        if origin.is_secure:
            cookie[name]["secure"] = True
        head.append("set-cookie", cookie[name].OutputString())


def asker_of(place: DeskPlace, request: Request, origin: Origin) -> str:
    """Return by what requests are counted: the person, the agent whose link was opened, or the address.

    Thousands of phones may share one address of their network.
    """
    if request.state.visit.person is not None:
        return str(request.state.visit.person.name)
    agent_id = visiting_agent(place, request) if route_path(request).startswith(BY_ADDRESS) else None
    return f"address {origin.address}" if agent_id is None else f"agent {agent_id}"


def int_or_zero(text: str) -> int:
    """Return the number in the `text` of a header, or 0 where it is none; what comes is counted all the same."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _plain(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status)
