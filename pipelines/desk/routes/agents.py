"""Pages of agents for merchandisers and agent operations: search, an agent's card and answers, and noting one.

`person` is who asks; `find` is what was typed of an id, `agent_id`, `sku_id` and `list_date` name a match, and
`answer`, `reason_code` and `comment` say what the agent said of it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from xuanpin.pipelines.answers import choices
from xuanpin.pipelines.desk import texts
from xuanpin.pipelines.desk.agent_view import note_answer, search_agents, view_agent
from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Operator, Reader
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.desk.shown_texts import shown_texts
from xuanpin.pipelines.overrides import first_list_date
from xuanpin.pipelines.reporting.card import card_text
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.phrase import phrase

router = APIRouter()
TypedText = Annotated[str, Form(max_length=2_000)]


@router.get("/agents")
def find(request: Request, place: Place, person: Reader, find: str = "") -> Response:
    """Show the agents whom the typed part of an id may mean; where it means one alone, her page."""
    found = search_agents(place.home, find)
    if len(found) == 1:
        return see_other(request, f"/agent/{quote(found[0]['agent_id'], safe='')}")
    return page(request, "agents.html.j2", found=found, asked=find)


@router.get("/agent/{agent_id:path}")
def show_agent(request: Request, place: Place, person: Reader, agent_id: str, list_date: str = "") -> Response:
    """Show what an agent was given and why, what she could swap, proposed and answered, and the card to forward."""
    language = texts.language_of(request)
    view = view_agent(place.home, agent_id, read_typed_day(list_date, phrase("the list date")) if list_date else None)
    values: dict[str, Any] = {
        "view": view,
        "facts": view.facts,
        "card": card_text(view.facts, language),
        "declines": choices("reason_code"),
        "next_day": first_list_date(place.clock()),
    }
    return page(request, "agent_card.html.j2", **values | shown_texts(language))


@router.post("/agents/answer")
def answer(
    request: Request,
    place: Place,
    person: Operator,
    list_date: Annotated[date, Form()],
    agent_id: TypedText,
    sku_id: TypedText,
    answer: Annotated[Literal["accepted", "declined", "own_pick"], Form()],
    reason_code: TypedText = "",
    comment: TypedText = "",
) -> Response:
    """Note what an agent has said of a SKU, for agent operations."""
    reason = reason_code if answer == "declined" else ""
    is_new = note_answer(place, list_date, agent_id, sku_id, answer, reason, comment)
    audit(place, request, person, f"note {answer}", f"{agent_id} {sku_id}", "done" if is_new else "stood already")
    response = see_other(request, f"/agent/{quote(agent_id, safe='')}")
    notice(response, "notice_answer" if is_new else "notice_answer_same", sku=sku_id)
    return response
