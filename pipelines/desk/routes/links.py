"""Where agent operations make an agent's personal link, and end those that were made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Operator
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.outbox.link_sheet import known_agent, made_links
from xuanpin.pipelines.outbox.links import revoke_links

router = APIRouter()
PAGE = "/agents/links"


@router.get(PAGE)
def show(request: Request, person: Operator) -> HTMLResponse:
    """Show an operator (`person`) the form for one agent's link."""
    return page(request, "links.html.j2", agent_id="", made="", expires=None)


@router.post(PAGE)
def make(request: Request, place: Place, person: Operator, agent_id: Annotated[str, Form()] = "") -> HTMLResponse:
    """Show an operator (`person`) the link of `agent_id`, at the address of the settings, or where she asks."""
    found = known_agent(place.home, agent_id)
    address = place.settings.desk.address or str(request.base_url).rstrip("/")
    day = place.clock().astimezone(BEIJING).date()
    links = made_links(place.home, place.settings.desk, day, address)
    audit(place, request, person, "make link", found)
    return page(request, "links.html.j2", agent_id=found, made=links.of(found), expires=links.expires)


@router.post(PAGE + "/revoke")
def revoke(request: Request, place: Place, person: Operator, agent_id: Annotated[str, Form()] = "") -> Response:
    """End every link that was made for `agent_id` until now, as an operator (`person`) asks."""
    found = known_agent(place.home, agent_id)
    revoke_links(place.home, found)
    audit(place, request, person, "revoke links", found)
    response = see_other(request, PAGE)
    notice(response, "links_revoked", agent_id=found)
    return response
