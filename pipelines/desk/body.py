"""Takes no more of a request's body than a form of the desk can have."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive


def limited(receive: Receive, most: int) -> Receive:
    """Return a `receive` that raises HTTPException 413 once more than `most` bytes of a body have come."""
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counting
