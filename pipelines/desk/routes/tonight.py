"""The page of tonight: which list is there, and in which state."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from xuanpin.pipelines.desk.page import page
from xuanpin.pipelines.desk.people import Reader
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.run_store import latest_run

router = APIRouter()


@router.get("/")
def tonight(request: Request, place: Place, person: Reader) -> HTMLResponse:
    """Show any `person` the latest list, one that waits for an answer included."""
    return page(request, "tonight.html.j2", run=latest_run(place.home))
