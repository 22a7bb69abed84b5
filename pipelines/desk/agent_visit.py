"""Whose phone asks: an agent's link opened once leaves a cookie, and her forms belong to her page alone."""

from __future__ import annotations

import hmac

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.desk.page import link
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.outbox.codes import KEY_FILE, answer_key
from xuanpin.pipelines.outbox.links import agent_of_link

COOKIE = "xuanpin_agent"
PATH = "/a/"
"""Path of an agent's page, which names nobody: what she forwards opens nothing for others."""
_DAY_SECONDS = 86_400


def agent_of(place: DeskPlace, token: str) -> str | None:
    """Return whose page a `token` opens now, None for one that opens nothing."""
    if not (place.home.keys / KEY_FILE).exists():
        # No link was ever made, and a stranger's request makes no key.
        return None
    return agent_of_link(place.home, answer_key(place.home), token, place.clock().astimezone(BEIJING).date())


def visiting_agent(place: DeskPlace, request: Request) -> str | None:
    """Return the agent whose link this phone has opened, None where its link is good no more."""
    return agent_of(place, request.cookies.get(COOKIE, ""))


def remember(place: DeskPlace, request: Request, response: Response, token: str) -> None:
    """Have the phone bring the `token` of an agent's link along, and nothing else show it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=(place.settings.desk.link_days + 1) * _DAY_SECONDS,
        path=link(request, PATH),
        secure=request.state.origin.is_secure,
        httponly=True,
        samesite="lax",
    )


def form_field(place: DeskPlace, agent_id: str) -> Markup:
    """Return the field that each form of the page of `agent_id` brings back."""
    return Markup('<input type="hidden" name="form" value="{}">').format(_form_key(place, agent_id))


def is_her_form(place: DeskPlace, agent_id: str, brought: str) -> bool:
    """Whether a form that `brought` this value was written for the agent `agent_id`.

    On a phone that two agents share, a page of one that was left open answers for nobody else.
    """
    return hmac.compare_digest(brought.encode(), _form_key(place, agent_id).encode())


def _form_key(place: DeskPlace, agent_id: str) -> str:
    return hmac.digest(place.key, f"agent form:{agent_id}".encode(), "sha256").hex()
