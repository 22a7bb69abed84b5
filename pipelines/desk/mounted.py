"""The desk inside another program: put together at its first request, as every part of that program loads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xuanpin.pipelines.context import BEIJING, Home, settings_from_environment

if TYPE_CHECKING:  # loaded at the first request
    from fastapi import FastAPI
    from starlette.responses import Response


class MountedDesk:
    """An ASGI application that serves the desk of the home that `environment` names in XUANPIN_HOME.

    `hosts` are names under which browsers reach the program that mounts it.
    """

    def __init__(self, environment: Mapping[str, str], hosts: Iterable[str]) -> None:
        """Remember what to serve; nothing is read yet."""
        self._environment, self._hosts = environment, frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; where no night has made the home yet, say so."""
        if not self._home.root.is_dir():
            await self._without_home()(scope, receive, send)
            return
        await self._application(scope, receive, send)

    @cached_property
    def _home(self) -> Home:
        return Home(Path(self._environment["XUANPIN_HOME"]))

    def _without_home(self) -> Response:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse("the folder that XUANPIN_HOME names does not exist yet; run a night first\n", 503)

    @cached_property
    def _application(self) -> FastAPI:
        from xuanpin.pipelines.desk.application import desk_application
        from xuanpin.pipelines.desk.place import DeskPlace

        settings = settings_from_environment(self._environment)
        return desk_application(DeskPlace(self._home, settings, lambda: datetime.now(BEIJING), self._hosts))
