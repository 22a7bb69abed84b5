"""Takes the pictures of the desk: a copy of a home whose last list waits, served to a browser for a moment."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.desk_server import answering
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.user_file import add_user
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

NAME, PASSWORD = "小陈", "picture of a desk"
DATABASE_DAYS = 14
# Name, width and height in CSS pixels, page, language, and what is opened first.
SHOTS = (
    ("desk-zh.png", 1440, 1500, "/", "zh-CN", "#skus details.act summary"),
    ("desk.png", 1440, 1500, "/", "en-US", "#skus details.act summary"),
    ("desk-phone.png", 390, 1400, "/", "zh-CN", ""),
    ("desk-agent.png", 1440, 1100, "/agent/{agent}", "zh-CN", ""),
)


def shoot_desk(browser: Browser, home: Home, folder: Path, pictures: Path) -> None:
    """Take the pictures of the desk of a copy of `home` below `folder` into the folder `pictures`."""
    copied = waiting_copy(home, folder / "desk-home")
    run = run_store.latest_run(copied)
    agent = run_store.read_table(copied, run, "agent_matches")["agent_id"][0].as_py()
    morning = datetime.fromisoformat(run.list_date).replace(tzinfo=BEIJING) + timedelta(hours=8, minutes=30)
    with answering(DeskPlace(copied, Settings(), lambda: morning)) as address:
        for name, width, height, path, locale, opened in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height}, locale=locale)
            sign_in(page, address + path.format(agent=agent))
            if opened:
                page.locator(opened).first.click()
            page.screenshot(path=pictures / name)
            page.close()


def waiting_copy(home: Home, folder: Path) -> Home:
    """Return a copy of what `home` publishes, in `folder`, its last list waiting for a person."""
    shutil.copytree(home.published, folder / "published")
    copied = Home(folder)
    add_user(copied, NAME, "approver", PASSWORD)
    run = run_store.require_run(copied)
    sealing.take_back(copied, DATABASE_DAYS, run)
    run_store.await_review(copied, sealing.set_state(copied, run, "pending", None))
    return copied


def sign_in(page: Page, address: str) -> None:
    """Open `address` and sign in, which leads on to it."""
    page.goto(address)
    page.locator("input[name=name]").fill(NAME)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator("header nav").wait_for()
