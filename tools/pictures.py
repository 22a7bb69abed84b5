"""Takes the pictures of the documents: the report on a desk, on a phone and on paper, an agent's card, and the desk.

Run `python -m tools.pictures --home .demo` on a home in which the demo has run; it needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.desk_pictures import shoot_desk
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.explain import agent_facts
from xuanpin.pipelines.reporting.card import card_page

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
        browser.close()


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
