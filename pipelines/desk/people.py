"""Who may do what at the desk: people, their roles, and what a handler asks of the one who calls it.

Everybody who has signed in may read. A merchandiser decides on SKUs, an approver does that too and approves, rejects
and recalls, an operator looks after agents' answers and links and after the people of the desk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from fastapi import Depends, HTTPException, Request

Role = Literal["viewer", "merchandiser", "approver", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in, by `name`, and her `role`."""

    name: str
    role: Role

    @property
    def may_decide(self) -> bool:
        """Whether she pins, bans, comments and keeps drafts."""
        return self.role in ("merchandiser", "approver")

    @property
    def may_approve(self) -> bool:
        """Whether she approves, rejects and recalls."""
        return self.role == "approver"

    @property
    def may_operate(self) -> bool:
        """Whether she looks after agents' answers and links, and after people."""
        return self.role == "operator"

    @property
    def may_audit(self) -> bool:
        """Whether she reads who decided what."""
        return self.role in ("approver", "operator")


async def signed_in(request: Request) -> Person:
    """Return who asks; HTTPException 401 where nobody has signed in."""
    person: Person | None = request.state.visit.person
    if person is None:
        raise HTTPException(401)
    return person


def _whose(has_right: Callable[[Person], bool]) -> Callable[[Person], Awaitable[Person]]:
    async def allowed(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if not has_right(person):
            raise HTTPException(403)
        return person

    return allowed


Reader = Annotated[Person, Depends(signed_in)]
Merchandiser = Annotated[Person, Depends(_whose(lambda person: person.may_decide))]
Approver = Annotated[Person, Depends(_whose(lambda person: person.may_approve))]
Operator = Annotated[Person, Depends(_whose(lambda person: person.may_operate))]
Auditor = Annotated[Person, Depends(_whose(lambda person: person.may_audit))]
