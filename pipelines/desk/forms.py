"""Holds each form against the session that it was written for."""

from __future__ import annotations

import hmac

from fastapi import HTTPException, Request

from xuanpin.pipelines.desk.page import route_path
from xuanpin.pipelines.desk.sessions import csrf_token

FIELD = "csrf"
READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
BY_ADDRESS = "/a/"
"""Pages of agents, who do not sign in: their forms are held against the link that was opened, by `agent_visit`."""


async def own_form(request: Request) -> None:
    """Raise HTTPException 403 where a form does not bring back what its session was given, or brings no form at all."""
    if request.method in READING or route_path(request).startswith(BY_ADDRESS):
        return
    brought = (await request.form()).get(FIELD)
    expected = csrf_token(request.app.state.place, request.state.visit)
    if not isinstance(brought, str) or not hmac.compare_digest(brought.encode(), expected.encode()):
        raise HTTPException(403)
