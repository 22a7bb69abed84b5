"""A desk on a home, and browsers of people who have signed in; no password is hashed and nothing listens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2
from starlette.testclient import TestClient

from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.passwords import password_hash
from xuanpin.pipelines.desk.people import Role
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE, new_session, written
from xuanpin.pipelines.desk.user_file import User, users, write_users
from xuanpin.pipelines.settings import Settings

ADDRESS = "http://127.0.0.1:8090"
MORNING = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)
CHEAPEST = 2
"""A cost of scrypt at which a hash takes no time."""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: int) -> None:
        self.now += timedelta(**span)


_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def desk_place(home: Home, settings: Settings | None = None, clock: Callable[[], datetime] | None = None) -> DeskPlace:
    """A desk of `home` at half past eight in the morning, or by another clock."""
    return DeskPlace(home, settings or Settings(), clock or (lambda: MORNING))


def stranger(place: DeskPlace) -> TestClient:
    """A browser in which nobody has signed in; it follows no redirect."""
    return TestClient(desk_application(place), base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50_000))


def person(place: DeskPlace, role: Role = "approver", name: str = "王敏", password: str = "correct horse") -> User:
    """Add somebody to the desk's people, or give who is there another role."""
    known = users(place.home)
    kept = known[name].hash if name in known else password_hash(password, CHEAPEST)
    write_users(place.home, {**known, name: User(name, role, kept)})
    return users(place.home)[name]


def signed_in(place: DeskPlace, role: Role = "approver", name: str = "王敏") -> TestClient:
    """A browser in which `name` has signed in, who is added to the desk's people with her role."""
    user, browser = person(place, role, name), stranger(place)
    browser.cookies.set(COOKIE, written(place, new_session(place, user)), domain="127.0.0.1")
    return browser


def token(page: httpx2.Response) -> str:
    """The secret that the forms of a page bring back."""
    found = _TOKEN.search(page.text)
    assert found is not None, f"a page without a form: {page.status_code}"
    return found[1]


def post(browser: TestClient, path: str, seen: str = "/", **fields: str) -> httpx2.Response:
    """Send a form with the secret of the page at `seen`, as a browser does."""
    answer: httpx2.Response = browser.post(path, data={"csrf": token(browser.get(seen)), **fields})
    return answer
