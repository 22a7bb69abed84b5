"""The desk in a real browser: a newcomer's path by mouse and by keyboard alone, on a desk and on a phone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.support.chromium import accessibility_faults, chromium
from tests.support.desk import CHEAPEST, desk_place
from tests.support.desk_server import answering
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.passwords import password_hash
from xuanpin.pipelines.desk.user_file import User, write_users
from xuanpin.pipelines.overrides.waiting import filed_overrides
from xuanpin.pipelines.run_store import sealing

NAME, PASSWORD = "王敏", "correct horse"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 780}
MOST_SECONDS, MOST_KEYS = 60, 150
FOCUSED = "document.activeElement"
UNNAMED = """[...document.querySelectorAll("main :is(input, select):not([type=hidden])")]
    .filter(field => !field.labels.length).length"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    """The tiny platform's home, its last list waiting for a person, and one approver."""
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    run = run_store.require_run(home)
    sealing.take_back(home, 14, run)
    run_store.await_review(home, sealing.set_state(home, run, "pending", None))
    write_users(home, {NAME: User(NAME, "approver", password_hash(PASSWORD, CHEAPEST))})
    return home


@pytest.fixture
def desk(home: Home) -> Iterator[str]:
    with answering(desk_place(home)) as address:
        yield address


def opened(browser: Browser, address: str, locale: str, viewport: ViewportSize) -> tuple[Page, list[str]]:
    """A new window at the desk's first page, and what its console complains of from then on."""
    page = browser.new_context(locale=locale, viewport=viewport).new_page()
    complaints: list[str] = []
    page.goto(address)
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def sign_in(page: Page) -> None:
    page.locator("input[name=name]").fill(NAME)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator("#list").wait_for()


def decided(home: Home) -> tuple[list[tuple[str, str, str]], str]:
    """What the home holds afterwards: pins, and the state of the list."""
    pins = [(row.action, row.reason, row.author) for row in filed_overrides(home)]
    return pins, run_store.require_run(home).state


def test_a_newcomer_looks_pins_and_approves_within_a_minute_by_mouse(browser: Browser, desk: str, home: Home) -> None:
    page, complaints = opened(browser, desk, "zh-CN", DESKTOP)
    began = time.monotonic()
    sign_in(page)
    page.get_by_role("link", name="先试排一下").click()
    page.locator("main form").first.wait_for()
    page.get_by_role("link", name="今晚").click()
    page.locator("#near details.act summary").first.click()
    form = page.locator("#near details.act form").first
    form.get_by_label("理由或备注").fill("主推新品")
    form.get_by_role("button", name="置顶").click()
    page.locator(".notice", has_text="已记下：置顶").wait_for()
    page.get_by_role("button", name="批准发布").click()
    page.locator(".notice", has_text="已批准").wait_for()
    assert time.monotonic() - began < MOST_SECONDS
    assert decided(home) == ([("pin", "主推新品", NAME)], "approved")
    assert complaints == []


class Keys:
    """A hand that has no mouse, and counts what it presses."""

    def __init__(self, page: Page) -> None:
        """Begin on `page`."""
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)
        self.pressed += 1

    def walk_to(self, selector: str) -> None:
        """Press Tab until the focus is on an element of `selector`."""
        while not self.page.evaluate(f"{FOCUSED}.matches({selector!r})"):
            assert self.pressed < 4 * MOST_KEYS, f"{selector} cannot be reached"
            self.press("Tab")

    def follow(self, place: str) -> None:
        """Go to a place of this page by its link: the browser moves there after the key, not with it."""
        self.walk_to(f'a[href="{place}"]')
        self.press("Enter")
        self.page.wait_for_url(f"**{place}")


def test_the_same_by_keyboard_alone(browser: Browser, desk: str, home: Home) -> None:
    page, complaints = opened(browser, desk, "zh-CN", DESKTOP)
    began, keys = time.monotonic(), Keys(page)
    keys.walk_to("input[name=name]")
    page.keyboard.type(NAME)
    keys.walk_to("input[name=password]")
    page.keyboard.type(PASSWORD)
    keys.press("Enter")
    page.locator("#list").wait_for()
    keys.follow("#near")
    keys.walk_to("#near details.act summary")
    keys.press("Enter")
    keys.walk_to("#near details.act input[name=reason]")
    page.keyboard.type("主推新品")
    keys.walk_to("#near details.act button[value=pin]")
    keys.press("Enter")
    page.locator(".notice").wait_for()
    keys.follow("#decide")
    keys.walk_to("form[action='/list/approve'] button")
    keys.press("Enter")
    page.get_by_text("已批准 2026-11-22 的清单").wait_for()
    assert time.monotonic() - began < MOST_SECONDS
    assert keys.pressed < MOST_KEYS
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
    assert decided(home) == ([("pin", "主推新品", NAME)], "approved")
    assert complaints == []


@pytest.mark.parametrize(("locale", "viewport"), [("zh-CN", PHONE), ("en-US", DESKTOP)])
def test_every_page_is_accessible_and_fits(
    browser: Browser, desk: str, home: Home, locale: str, viewport: ViewportSize
) -> None:
    page, complaints = opened(browser, desk, locale, viewport)
    sign_in(page)
    agent = run_store.read_table(home, run_store.latest_run(home), "agent_summary")["agent_id"][0].as_py()
    sku = run_store.read_table(home, run_store.latest_run(home), "sku_list")["sku_id"][0].as_py()
    for path in ("/", "/agents?find=A", f"/agent/{agent}", f"/sku/{sku}"):
        page.goto(desk + path)
        for details in page.locator("main details").all()[:12]:
            details.evaluate("element => { element.open = true; }")
        assert accessibility_faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(UNNAMED) == 0, path
    assert complaints == []
