"""The people of the desk: who may do what, and taking somebody's access away at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Operator
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.desk.user_file import remove_user, users
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase

router = APIRouter()


@router.get("/people")
def people(request: Request, place: Place, person: Operator) -> HTMLResponse:
    """Show an operator (`person`) who may do what."""
    return page(request, "people.html.j2", people=list(users(place.home).values()))


@router.post("/people/remove")
def remove(request: Request, place: Place, person: Operator, name: Annotated[str, Form()] = "") -> Response:
    """Take the access of `name` away; she is out at once. An operator (`person`) cannot lock herself out.

    Raises UsageError for a name that nobody has. Only who may write to the home gives somebody a role.
    """
    if name == person.name:
        raise UsageError(phrase("you cannot remove yourself; ask another operator, or use `xuanpin users remove`"))
    with place.deciding:
        remove_user(place.home, name)
    audit(place, request, person, "remove a person", name)
    response = see_other(request, "/people")
    notice(response, "people_removed", name=name)
    return response
