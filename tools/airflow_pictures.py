"""Pictures of a real run for the documents: review page and graph of the Airflow that `make airflow` started.

Run `python -m tools.airflow_pictures` beside it; it needs Debian's chromium.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page, sync_playwright

from tools.airflow_local import ROOT, Client
from tools.airflow_run import answer, take_sources_in, wait_for_end, wait_for_review

PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1440, 1000
PAGE_MILLISECONDS = 120_000


def take_pictures(page: Page, url: str, day: str, folder: Path) -> None:
    """Run a day to its review, take a picture of the page, approve, and take one of the finished night's graph."""
    client = Client(url)
    run_id = take_sources_in(client, day)
    shown = wait_for_review(client, run_id)["body"]
    run = f"{url}/dags/xuanpin_nightly/runs/{run_id}"
    page.goto(f"{url}/auth/token/login?next={url}/")
    page.evaluate("localStorage.setItem('default_dag_view', JSON.stringify('graph'))")
    page.goto(f"{run}/tasks/review/required_actions")
    page.get_by_role("button", name="Approve").wait_for()
    page.screenshot(path=folder / "airflow-review.png")
    answer(client, run_id, "Approve", "looks right")
    wait_for_end(client, run_id, shown)
    page.goto(run)
    page.get_by_text("show_outcome").first.wait_for()
    page.screenshot(path=folder / "airflow-graph.png", animations="disabled")


def main(
    as_of: Annotated[str, typer.Option(help="Business day.")] = "2026-11-21",
    url: Annotated[str, typer.Option(help="Where Airflow is.")] = "http://127.0.0.1:8080",
) -> None:
    """Take the pictures that docs/data-engineer.md shows."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-US")
        page.set_default_timeout(PAGE_MILLISECONDS)
        take_pictures(page, url, as_of, PICTURES)
        browser.close()


if __name__ == "__main__":
    typer.run(main)
