"""Sessions as signed cookies: who has signed in, since when, and the secret that forms must bring back.

A session ends after a time without a request, after a day's work, on signing out, when its person is removed and when
her password changes. Signing in begins a new one, so that nobody can be given a session that another has prepared.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from xuanpin.pipelines.desk.people import Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.signed_out import has_signed_out
from xuanpin.pipelines.desk.user_file import User, users

COOKIE = "xuanpin_desk"
_RENEWED = timedelta(minutes=1)
"""A cookie is written anew at most this often, so that most answers set none."""


@dataclass(frozen=True)
class Session:
    """What the cookie holds: a random `id`, the signed-in `name` ('' for nobody) with the `mark` of her password, and
    when it has `begun` and was `seen`, in seconds of the clock."""

    id: str
    name: str
    mark: str
    begun: int
    seen: int


@dataclass
class Visit:
    """One request's session and the `person` behind it, None for nobody; `is_new` where its cookie has to be set."""

    session: Session
    person: Person | None
    is_new: bool


def new_session(place: DeskPlace, user: User | None = None) -> Session:
    """Return a new session of a user, or of nobody yet."""
    now = int(place.clock().timestamp())
    name, mark = (user.name, user.mark) if user else ("", "")
    return Session(secrets.token_urlsafe(18), name, mark, now, now)


def read_visit(place: DeskPlace, cookie: str | None) -> Visit:
    """Return the visit that a request's `cookie` tells of; one of nobody where it is forged, spoilt or has ended."""
    session = _read(place, cookie) if cookie else None
    if session is None or has_ended(place, session):
        return Visit(new_session(place), None, is_new=False)
    person = _person(place, session)
    if session.name and person is None:
        return Visit(new_session(place), None, is_new=False)
    now = place.clock()
    is_due = now - _moment(session.seen, now) >= _RENEWED
    return Visit(replace(session, seen=int(now.timestamp())) if is_due else session, person, is_new=is_due)


def vouched_visit(place: DeskPlace, visit: Visit, person: Person) -> Visit:
    """Return the visit of a `person` for whom a trusted proxy vouches; her forms are bound to the cookie of `visit`."""
    is_hers = visit.person is None and visit.session.name == ""
    session = visit.session if is_hers else new_session(place)
    return Visit(session, person, is_new=True)


def written(place: DeskPlace, session: Session) -> str:
    """Return the signed text of a session for its cookie."""
    return str(_signer(place, "session").dumps(asdict(session)))


def has_ended(place: DeskPlace, session: Session) -> bool:
    """Whether a session is too old, was idle for too long, comes from the future or was signed out of."""
    limits, now = place.settings.desk, place.clock()
    idle, age = now - _moment(session.seen, now), now - _moment(session.begun, now)
    is_within = -_RENEWED <= age <= timedelta(hours=limits.session_hours)
    is_fresh = -_RENEWED <= idle <= timedelta(minutes=limits.idle_minutes)
    return not (is_within and is_fresh) or has_signed_out(place.home, session.id)


def csrf_token(place: DeskPlace, visit: Visit) -> str:
    """Return what each form of this visit must bring back; nobody else's forms know it."""
    who = f"csrf:{visit.session.id}:{visit.person.name if visit.person else ''}"
    return hmac.digest(place.key, who.encode(), "sha256").hex()


def signed(place: DeskPlace, purpose: str, content: Any) -> str:
    """Return `content` as a signed text that is good for one `purpose` alone."""
    return str(_signer(place, purpose).dumps(content))


def unsigned(place: DeskPlace, purpose: str, text: str) -> Any:
    """Return the content of a text that `signed` wrote for this `purpose`; None for any other text."""
    try:
        return _signer(place, purpose).loads(text)
    except BadData:
        return None


def _signer(place: DeskPlace, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(place.key, salt=f"xuanpin.desk.{purpose}")


def _read(place: DeskPlace, cookie: str) -> Session | None:
    content = unsigned(place, "session", cookie)
    is_ours = isinstance(content, dict) and content.keys() == Session.__dataclass_fields__.keys()
    return Session(**content) if is_ours else None


def _person(place: DeskPlace, session: Session) -> Person | None:
    user = users(place.home).get(session.name)
    return Person(user.name, user.role) if user and user.mark == session.mark else None


def _moment(seconds: int, now: datetime) -> datetime:
    return datetime.fromtimestamp(seconds, now.tzinfo)
