"""Signing in and out, whether the desk lives, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import PlainTextResponse, Response

from xuanpin.pipelines.desk.audit import audit, audit_lines
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Auditor, Person, Reader
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.desk.routes import people
from xuanpin.pipelines.desk.sessions import Visit, new_session
from xuanpin.pipelines.desk.sign_in import check, page_within, sign_in_page, waits
from xuanpin.pipelines.desk.signed_out import sign_out
from xuanpin.pipelines.desk.texts import known_text, language_of

router = APIRouter()
router.include_router(people.router)
AUDIT_LINES = 500
"""Newest lines that the page of the audit log shows."""


@router.api_route("/health", methods=["GET", "HEAD"])
async def health() -> PlainTextResponse:
    """Say that the desk lives, and nothing else."""
    return PlainTextResponse("ok\n")


@router.get("/login")
def login_page(request: Request) -> HTMLResponse:
    """Ask for name and password."""
    return sign_in_page(request)


@router.post("/login")
def login(
    request: Request,
    place: Place,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session where `name` and `password` are right, and go on to the page `next`."""
    address = request.state.origin.address
    if seconds := waits(place, name, address):
        audit(place, request, None, "sign in", "", "too many attempts")
        response: Response = sign_in_page(request, 429, wait=seconds)
        response.headers["retry-after"] = str(seconds)
        return response
    user = check(place, name, password, address)
    if user is None:
        audit(place, request, None, "sign in", "", "refused")
        return sign_in_page(request, 401, wrong=True)
    person = Person(user.name, user.role)
    request.state.visit = Visit(new_session(place, user), person, is_new=True)
    audit(place, request, person, "sign in", user.name)
    return see_other(request, page_within(next))


@router.post("/logout")
def logout(request: Request, place: Place, person: Reader) -> Response:
    """End the session of `person` everywhere it was copied to."""
    session, limits = request.state.visit.session, place.settings.desk
    now = int(place.clock().timestamp())
    sign_out(place.home, session.id, session.begun + limits.session_hours * 3600, now)
    request.state.visit = Visit(new_session(place), None, is_new=True)
    audit(place, request, person, "sign out", person.name)
    response = see_other(request, "/login")
    notice(response, "signed_out")
    return response


@router.get("/audit")
def audit_page(request: Request, place: Place, person: Auditor) -> HTMLResponse:
    """Show a `person` who may read it the newest lines of the audit log."""
    language = language_of(request)
    return page(
        request,
        "audit.html.j2",
        lines=audit_lines(place.home, AUDIT_LINES),
        most=AUDIT_LINES,
        named=lambda kind, words: known_text(kind, words, language),
    )
