"""An agent's page on a small phone, in a real browser: opened by her link, tapped, read, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.chromium import accessibility_faults, chromium
from tests.support.desk import desk_place
from tests.support.desk_server import answering
from tests.support.offered_lists import LIST_DATE, offer
from xuanpin.pipelines.answers.spoken import standing, waiting
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.outbox.link_sheet import made_links
from xuanpin.pipelines.settings.desk import DeskSettings

PHONE: ViewportSize = {"width": 360, "height": 740}
SMALL = """[...document.querySelectorAll("button, summary, a, input:not([type=hidden])")]
    .filter(item => item.checkVisibility()).map(item => item.getBoundingClientRect())
    .filter(box => box.height < 44 || box.width < 44).length"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    offer(made)
    return made


def opened(browser: Browser, home: Home, address: str, locale: str, with_script: bool) -> tuple[Page, list[str]]:
    """Her page, opened by her link, and what its console complains of."""
    link = made_links(home, DeskSettings(), LIST_DATE, address).of("A1")
    context = browser.new_context(locale=locale, viewport=PHONE, java_script_enabled=with_script, has_touch=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(link)
    assert page.url == f"{address}/a/"
    return page, complaints


def test_it_can_be_read_and_tapped_with_a_thumb(browser: Browser, home: Home) -> None:
    with answering(desk_place(home)) as address:
        for locale in ("zh-CN", "en-US"):
            page, complaints = opened(browser, home, address, locale, with_script=True)
            page.goto(f"{address}/a/?q=S9")
            for summary in page.locator("summary").all():
                summary.tap()
            assert page.evaluate(WIDER) is False
            assert page.evaluate(SMALL) == 0
            assert accessibility_faults(page) == []
            assert complaints == []
            page.context.close()


def test_one_tap_takes_two_decline_or_swap_and_no_script_is_needed(browser: Browser, home: Home) -> None:
    with answering(desk_place(home)) as address:
        page, _ = opened(browser, home, address, "zh-CN", with_script=False)
        page.get_by_role("button", name="采纳：草莓 S1").tap()
        expect(page.locator("#m1 .tag")).to_have_text("已采纳")
        page.locator("#m1 summary", has_text="不合适").tap()
        page.locator("#m1").get_by_role("button", name="价格不合适").tap()
        expect(page.locator("#m1 .tag")).to_have_text("已婉拒 · 价格不合适")
        page.locator("#m1 summary", has_text="换一款").tap()
        page.locator("#m1").get_by_role("button", name="换成 草莓 S2").tap()
        expect(page.locator("#s1 .tag")).to_have_text("已采纳")
        expect(page.get_by_role("status")).to_have_text("记上了，谢谢。")
        page.context.close()
    said = {key[1:]: words[:2] for key, words in standing(waiting(home, None)).items()}
    assert said == {("A1", "S1"): ("declined", "price"), ("A1", "S2"): ("accepted", None)}
