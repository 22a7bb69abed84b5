"""Pictures of a real run for the documents: graph and review page of the Airflow that `make airflow` started."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tools.airflow_local import ROOT, Client
from tools.airflow_run import answer, take_sources_in, wait_for_end, wait_for_review
from tools.browser import Page, browsing

PICTURES = ROOT / "docs" / "pictures"


def take_pictures(client: Client, url: str, day: str, folder: Path) -> None:
    """Run a day up to its review, take the pictures, approve, and take the graph once more."""
    run_id = take_sources_in(client, day)
    shown = wait_for_review(client, run_id)["body"]
    with browsing(1440, 1000) as page:
        page.open(f"{url}/auth/token/login?next={url}/")
        page.wait_for("Dags")
        open_run(page, url, run_id, "/tasks/review/required_actions")
        page.wait_for("Approve")
        page.picture(folder / "airflow-review.png")
        answer(client, run_id, "Approve", "looks right")
        wait_for_end(client, run_id, shown)
        page.run("localStorage.setItem('dag_view-xuanpin_nightly', JSON.stringify('graph'))")
        open_run(page, url, run_id, "")
        page.wait_for("publish")
        page.picture(folder / "airflow-graph.png")


def open_run(page: Page, url: str, run_id: str, place: str) -> None:
    """Go to a place of a nightly run."""
    page.open(f"{url}/dags/xuanpin_nightly/runs/{run_id}{place}")


def main(
    as_of: Annotated[str, typer.Option(help="Business day.")] = "2026-11-21",
    url: Annotated[str, typer.Option(help="Where Airflow is.")] = "http://127.0.0.1:8080",
) -> None:
    """Take the pictures that docs/data-engineer.md shows."""
    take_pictures(Client(url), url, as_of, PICTURES)


if __name__ == "__main__":
    typer.run(main)
