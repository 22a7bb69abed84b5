"""Holds each form against the session that it was written for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from fastapi import HTTPException, Request

from xuanpin.pipelines.desk.page import route_path
from xuanpin.pipelines.desk.sessions import csrf_token

FIELD = "csrf"
READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
BY_ADDRESS = "/a/"
"""Pages of agents, who do not sign in: their forms are held against the link that was opened, by `agent_visit`."""


SECRETS = (FIELD, "password")
"""Fields that no page repeats."""
LONGEST = 2_000
"""Characters of a field that a page repeats."""
TYPED = {
    "sku_id": "sku_id",
    "agent_id": "her_id",
    "name": "whatif_name",
    "reason": "why",
    "comment": "answer_comment",
    "until": "until",
    "other": "swap_for",
    "second": "second_person",
}
"""Fields that people fill in, in the order in which a page shows them again, and the text that names each."""


@dataclass(frozen=True)
class Again:
    """What a refused form held, to be corrected and sent again: `hidden` fields, and `shown` ones by their text's key.

    `takes_password` is whether a second person typed one, which is typed anew.
    """

    hidden: dict[str, str]
    shown: dict[str, tuple[str, str]]
    takes_password: bool


def typed_again(request: Request) -> Again | None:
    """Return what the form of a `request` held; None where nobody had to type a reason or a comment, and in pages of
    agents."""
    typed: dict[str, str] = getattr(request.state, "typed", {})
    if not {"reason", "comment"} & typed.keys() or any(len(value) > LONGEST for value in typed.values()):
        return None
    shown = {name: (key, typed[name]) for name, key in TYPED.items() if name in typed}
    hidden = {name: value for name, value in typed.items() if name not in (*TYPED, *SECRETS)}
    return Again(hidden, shown, "password" in typed)


async def own_form(request: Request) -> None:
    """Raise HTTPException 403 where a form does not bring back what its session was given, or brings no form at all."""
    if request.method in READING or route_path(request).startswith(BY_ADDRESS):
        return
    form = await request.form()
    brought = form.get(FIELD)
    expected = csrf_token(request.app.state.place, request.state.visit)
    if not isinstance(brought, str) or not hmac.compare_digest(brought.encode(), expected.encode()):
        raise HTTPException(403)
    request.state.typed = {name: value for name, value in form.items() if isinstance(value, str)}
