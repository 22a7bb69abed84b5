"""The page that an agent opens on her phone by her personal link: she looks, answers with a tap, proposes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from xuanpin.pipelines.answers import Answer, NotServed
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.desk.agent_page import agent_page, is_open, proposed_for
from xuanpin.pipelines.desk.agent_visit import (
    COOKIE,
    PATH,
    agent_of,
    form_field,
    is_her_form,
    remember,
    visiting_agent,
)
from xuanpin.pipelines.desk.page import link, notice, page, see_other
from xuanpin.pipelines.desk.place import DeskPlace, Place
from xuanpin.pipelines.desk.texts import language_of
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.run_store import current_run
from xuanpin.pipelines.typed.days import read_typed_day

router = APIRouter()
Field = Annotated[str, Form()]
MATCH_ANSWERS = ("accepted", "declined")
"""What she may say of a SKU that she was offered."""


@router.get(PATH + "{token}")
def open_link(request: Request, place: Place, token: str) -> Response:
    """Take the `token` of a personal link out of the address and go on to the page of its agent."""
    if agent_of(place, token) is None:
        return _lost(request)
    response: Response = see_other(request, PATH)
    remember(place, request, response, token)
    response.headers["referrer-policy"] = "no-referrer"
    return response


@router.get(PATH)
def show(request: Request, place: Place, q: str = "") -> HTMLResponse:
    """Show the agent her page, and what she finds by `q`."""
    agent_id = visiting_agent(place, request)
    if agent_id is None:
        return _lost(request)
    facts = agent_page(place.taps, agent_id, language_of(request), q)
    if facts is None:
        return page(request, "agent_none.html.j2")
    return page(request, "agent.html.j2", form=form_field(place, agent_id), **facts)


@router.post(PATH + "answer")
def answer(
    request: Request,
    place: Place,
    form: Field = "",
    list_date: Field = "",
    sku_id: Field = "",
    answer: Field = "declined",
    reason: Field = "",
    instead: Field = "",
    at: Field = "",
) -> Response:
    """Store the `answer` to the SKU `sku_id` of `list_date`, and that she takes another one `instead`.

    `reason` says why she declines, `form` is what her page brings back, `at` the place on it to which she returns.
    """
    agent_id = visiting_agent(place, request)
    if agent_id is None or not is_her_form(place, agent_id, form):
        return _lost(request)
    day = _open_day(place, list_date)
    if day is None:
        return _told(request, "agent_over")
    if answer not in MATCH_ANSWERS or current_run(place.home, day) is None:
        return _told(request, "agent_not_taken")
    said = Answer("the tap", day, agent_id, sku_id, answer, reason or None)
    swapped = [Answer("the tap", day, agent_id, instead, "accepted")] if instead else []
    return _stored(request, place, [said, *swapped], at)


@router.post(PATH + "propose")
def propose(request: Request, place: Place, form: Field = "", sku_id: Field = "") -> Response:
    """Store that she proposes the SKU `sku_id` for tomorrow; `form` is what her page brings back."""
    agent_id = visiting_agent(place, request)
    if agent_id is None or not is_her_form(place, agent_id, form):
        return _lost(request)
    said = Answer("the tap", proposed_for(place.clock()), agent_id, sku_id, "own_pick")
    return _stored(request, place, [said], "propose")


def _stored(request: Request, place: DeskPlace, answers: Sequence[Answer], at: str) -> Response:
    try:
        place.taps.give(answers)
    except NotServed as refusal:
        is_gone = any(fault.none_left for fault in refusal.faults.values())
        is_other = any(fault.instead for fault in refusal.faults.values())
        return _told(request, ("agent_gone" if is_other else "agent_all_gone") if is_gone else "agent_not_offered")
    except UsageError:
        return _told(request, "agent_not_taken")
    response = see_other(request, PATH + (f"#{at}" if at.isalnum() and at.isascii() else ""))
    notice(response, "agent_noted")
    return response


def _told(request: Request, key: str) -> Response:
    response = see_other(request, PATH)
    notice(response, key)
    return response


def _open_day(place: DeskPlace, typed: str) -> date | None:
    """Return the list date in a form, None where it takes no answers any more or is none."""
    try:
        day = read_typed_day(typed, "list_date")
    except UsageError:
        return None
    return day if is_open(day, place.clock().astimezone(BEIJING)) else None


def _lost(request: Request) -> HTMLResponse:
    """Return the one page for every link that opens nothing, whatever is wrong with it."""
    response = page(request, "agent_lost.html.j2", 404)
    response.delete_cookie(COOKIE, path=link(request, PATH))
    return response
