"""The second person whom some decisions take: another approver, who proves it by her password in the same form."""

from __future__ import annotations

from fastapi import Request

from xuanpin.pipelines.desk.people import Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sign_in import check, waits
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase


def is_second_here(place: DeskPlace) -> bool:
    """Whether a second person can be known by her password: behind a proxy that signs people in the desk has none."""
    return place.settings.desk.trusted_header is None


def second_name(place: DeskPlace, request: Request, author: Person, name: str, password: str) -> str | None:
    """Return the name of the second person whose `name` and `password` were typed; None where none was named.

    Raises UsageError where these are wrong or were tried too often, where she is no approver, and where she is the
    `author` herself.
    """
    if not name.strip() or not is_second_here(place):
        return None
    address = request.state.origin.address
    if seconds := waits(place, name, address):
        raise UsageError(
            phrase(
                "too many wrong passwords for the second person; try again in {minutes} minutes. Nothing was stored",
                minutes=seconds // 60 + 1,
            )
        )
    user = check(place, name, password, address)
    if user is None:
        raise UsageError(phrase("name or password of the second person is wrong. Nothing was stored"))
    if user.name == author.name:
        raise UsageError(phrase("the second person must be another than who decides. Nothing was stored"))
    if user.role != "approver":
        raise UsageError(
            phrase("{name} is no approver; the second person has to be one. Nothing was stored", name=user.name)
        )
    return user.name
