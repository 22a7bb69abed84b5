"""What every page of a running desk shares: the home, the settings, the clock and the locks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import Annotated

from fastapi import Depends, Request

from xuanpin.pipelines.answers.taps import Taps
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.exports import Exports
from xuanpin.pipelines.desk.limits import Window
from xuanpin.pipelines.desk.planner import Planner
from xuanpin.pipelines.home_keys import home_key
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase

KEY_FILE = "desk.key"
_QUARTER = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
HASHES_AT_ONCE = 2
"""Passwords that are checked at the same time; each takes tens of megabytes."""


@dataclass(frozen=True)
class DeskPlace:
    """What one desk serves: a `home` by its `settings`, at the time of the `clock` (time-zone aware).

    `deciding` is held by every handler that decides, so that two at once queue, and `hashing` bounds how many passwords
    are checked at once; `hosts` are names besides loopback and
    those of the settings under which browsers may reach it.
    """

    home: Home
    settings: Settings
    clock: Callable[[], datetime]
    hosts: frozenset[str] = frozenset()
    deciding: Lock = field(default_factory=Lock)
    hashing: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(HASHES_AT_ONCE))

    @cached_property
    def key(self) -> bytes:
        """The key that signs sessions and notices."""
        return home_key(self.home, KEY_FILE, phrase("everybody then has to sign in again"))

    @cached_property
    def taps(self) -> Taps:
        """The answers that agents tap on their pages."""
        return Taps(self.home, self.clock)

    @cached_property
    def planner(self) -> Planner:
        """Solves what people try on the page What if, and keeps what that takes."""
        return Planner()

    @cached_property
    def exports(self) -> Exports:
        """The exports that operators have sent to be connected."""
        return Exports(self.home)

    @cached_property
    def requests(self) -> Window:
        """Counts the requests of each person and address."""
        return Window(self.settings.desk.requests_per_minute, _MINUTE)

    @cached_property
    def wrong_names(self) -> Window:
        """Counts wrong passwords by the name that was typed."""
        return Window(self.settings.desk.sign_in_attempts, _QUARTER)

    @cached_property
    def wrong_addresses(self) -> Window:
        """Counts wrong passwords by the address that they came from."""
        return Window(self.settings.desk.sign_in_attempts_address, _QUARTER)


async def place_of(request: Request) -> DeskPlace:
    """Return the place of the application that answers the `request`."""
    place: DeskPlace = request.app.state.place
    return place


Place = Annotated[DeskPlace, Depends(place_of)]
