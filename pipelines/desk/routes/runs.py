"""The pages on earlier runs: all that are kept, one of them with its report, and two side by side."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.responses import Response

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.earlier_runs import DiffWords, compared, kept_list, opened_run, tolerant_page
from xuanpin.pipelines.desk.page import link, page
from xuanpin.pipelines.desk.people import Reader
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.desk.refusals import refusal_page
from xuanpin.pipelines.desk.texts import language_of
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.run_store import run_folder
from xuanpin.pipelines.run_store.kept import LATEST, PREVIOUS, find_run

router = APIRouter()
REPORT_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report is a page of its own, whose inline script and styles its own policy names by their hashes. Sandboxed, it has
no part in the desk: neither cookies nor forms nor requests in the name of the one who reads it."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/runs")
def runs(request: Request, place: Place, person: Reader) -> HTMLResponse:
    """Show any `person` every run that the home keeps."""
    return page(request, "runs.html.j2", runs=kept_list(place.home))


@router.get("/runs/{named}")
def run(request: Request, place: Place, person: Reader, named: str) -> HTMLResponse:
    """Show any `person` one run, which is `named` as on the command line."""
    try:
        found = opened_run(place.home, find_run(place.home, named))
    except UsageError as error:
        return refusal_page(request, error)
    return tolerant_page(request, "run.html.j2", found=found)


@router.get("/runs/{named}/report")
def report(request: Request, place: Place, person: Reader, named: str) -> Response:
    """Give any `person` the report of a run (`named`), as it was published."""
    return _file(request, place.home, named, "report.html", "text/html; charset=utf-8")


@router.get("/runs/{named}/workbook")
def workbook(request: Request, place: Place, person: Reader, named: str) -> Response:
    """Give any `person` the workbook of a run (`named`) as a file to keep."""
    return _file(request, place.home, named, "report.xlsx", WORKBOOK)


@router.get("/list_date={list_date}/{run_dir}/report.html")
def report_of_folder(request: Request, person: Reader, list_date: date, run_dir: str) -> RedirectResponse:
    """Lead a `person` from the report of a recalled or kept list to that of the run it was made from.

    `list_date` and `run_dir` are those of its folder, to which the report links.
    """
    return RedirectResponse(link(request, f"/runs/{quote(run_dir)}/report"), 307)


@router.get("/diff")
def diff(
    request: Request,
    place: Place,
    person: Reader,
    a: Annotated[str, Query(max_length=80)] = PREVIOUS,
    b: Annotated[str, Query(max_length=80)] = LATEST,
    agent: Annotated[str, Query(max_length=80)] = "",
) -> HTMLResponse:
    """Show any `person` the runs `a` and `b` side by side, with the matches of an `agent` where one is named."""
    try:
        before, after = (find_run(place.home, named) for named in (a, b))
        found = compared(place.home, before, after, agent.strip() or None)
    except UsageError as error:
        return refusal_page(request, error)
    words = DiffWords(language_of(request))
    return tolerant_page(request, "diff.html.j2", found=found, runs=kept_list(place.home), words=words, agent=agent)


def _file(request: Request, home: Home, named: str, file: str, kind: str) -> Response:
    """Return a file of the run that is `named`; the name is looked up and never a part of a path."""
    try:
        found = find_run(home, named)
    except UsageError as error:
        return refusal_page(request, error)
    path = run_folder(home, found) / file
    if not path.is_file():
        raise HTTPException(404)
    headers = {"content-security-policy": REPORT_POLICY}
    name = None if file.endswith(".html") else f"xuanpin-{found.list_date}-{found.run_id[:12]}.xlsx"
    return FileResponse(path, media_type=kind, headers=headers, filename=name)
