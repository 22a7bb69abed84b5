"""Takes the pictures of the documents: the report, an agent's card and her page, and the desk, on screens and paper.

Run `python -m tools.pictures --home .demo` on a home in which the demo has run; it needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
from datetime import datetime
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from tools.desk_pictures import shoot_desk
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.serve import bound
from xuanpin.pipelines.explain import agent_facts
from xuanpin.pipelines.outbox.link_sheet import made_links
from xuanpin.pipelines.reporting.card import card_page
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
# Name, width and height in CSS pixels (A4 at 96 a inch for paper), medium and language.
SHOTS = (
    ("report.png", 1440, 1500, "screen", "en-US"),
    ("report-zh.png", 1440, 1500, "screen", "zh-CN"),
    ("report-phone.png", 390, 1100, "screen", "zh-CN"),
    ("report-print.png", 794, 1123, "print", "zh-CN"),
)
# A sheet's margins are the printer's; a picture of it needs them drawn. The page's own policy allows no style element.
PAPER = "document.body.style.padding = '14mm 12mm'"


def main() -> None:
    """Take every picture again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = Home(parser.parse_args().home)
    run = run_store.require_run(home)
    agent = run_store.read_table(home, run, "agent_matches")["agent_id"][0].as_py()
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, width, height, medium, locale in SHOTS:
            _shoot(browser, run_store.run_folder(home, run) / "report.html", (name, width, height), medium, locale)
        card = Path(folder) / "card.html"
        card.write_text(card_page(agent_facts(home, agent, None), "zh"), encoding="utf-8")
        _shoot(browser, card, ("card.png", 390, 844), "screen", "zh-CN")
        shoot_desk(browser, home, Path(folder), PICTURES)
        _shoot_agent_page(browser, home, agent)
        browser.close()


def _shoot_agent_page(browser: Browser, home: Home, agent: str) -> None:
    """Open the page of an agent by her link at nine in the morning, on a phone, where she declines one match."""
    list_date = run_store.require_run(home).list_date
    nine = datetime.fromisoformat(f"{list_date}T09:00:00").replace(tzinfo=BEIJING)
    place = DeskPlace(home, Settings(), lambda: nine)
    server = uvicorn.Server(uvicorn.Config(desk_application(place), log_level="error", access_log=False))
    with bound("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        page = browser.new_page(viewport={"width": 390, "height": 1100}, locale="zh-CN")
        page.goto(made_links(home, DeskSettings(), nine.date(), address).of(agent))
        page.locator("#m2 summary").first.click()
        page.screenshot(path=PICTURES / "agent-page.png")
        page.close()
        server.should_exit = True
        thread.join()


def _shoot(browser: Browser, page: Path, shot: tuple[str, int, int], medium: str, locale: str) -> None:
    name, width, height = shot
    opened = browser.new_page(viewport={"width": width, "height": height}, locale=locale)
    opened.goto(page.resolve().as_uri())
    if medium == "print":
        opened.emulate_media(media="print")
        opened.evaluate(PAPER)
    opened.screenshot(path=PICTURES / name)
    opened.close()


if __name__ == "__main__":
    main()
