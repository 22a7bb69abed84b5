"""One page of each kind in a real browser: usable with a screen reader and on a phone, every field named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from tests.support.chromium import accessibility_faults, chromium
from tests.support.desk import desk_place, signed_in
from tests.support.desk_crawl import pages
from tests.support.desk_server import answering
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.people import Role
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import COOKIE

PHONE: ViewportSize = {"width": 360, "height": 780}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
UNNAMED = """[...document.querySelectorAll(":is(input, select, textarea):not([type=hidden])")]
    .filter(field => !field.labels.length && !field.ariaLabel).map(field => field.name)"""
WIDER = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def place(published: Home, tmp_path_factory: pytest.TempPathFactory) -> DeskPlace:
    return desk_place(Home(shutil.copytree(published.root, tmp_path_factory.mktemp("seen") / "home")))


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Pages that were looked at already."""
    return set()


def window(browser: Browser, locale: str, viewport: ViewportSize, cookie: str) -> BrowserContext:
    """A window of somebody who has signed in with a session's `cookie`."""
    context = browser.new_context(locale=locale, viewport=viewport)
    context.add_cookies([{"name": COOKIE, "value": cookie, "domain": "127.0.0.1", "path": "/"}])
    return context


def is_ours(page: httpx2.Response) -> bool:
    """Whether a page is one of the desk's own; reports and workbooks are documents of their own."""
    return page.headers["content-security-policy"].startswith("default-src")


@pytest.mark.parametrize(("role", "locale", "viewport"), [("approver", "zh-CN", PHONE), ("operator", "en-US", DESKTOP)])
def test_each_kind_of_page_can_be_used_by_everybody(
    browser: Browser, place: DeskPlace, seen: set[str], role: Role, locale: str, viewport: ViewportSize
) -> None:
    reader = signed_in(place, role, role)
    html = [path for path, page in pages(reader, 1) if is_ours(page) and path not in seen]
    assert html
    seen.update(html)
    complaints: list[str] = []
    with answering(place) as address, window(browser, locale, viewport, reader.cookies[COOKIE]) as context:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for path in html:
            page.goto(address + path)
            assert accessibility_faults(page) == [], path
            assert page.evaluate(WIDER) <= 0, path
            assert page.evaluate(UNNAMED) == [], path
        assert complaints == []
        for path, status in (("/none", 404), ("/login", 200)):
            answer = page.goto(address + path)
            assert answer is not None and answer.status == status
            assert accessibility_faults(page) == [], path
