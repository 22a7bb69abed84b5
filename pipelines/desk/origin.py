"""Where a request comes from: what the connection says, or what a trusted proxy in front of the desk says instead."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from xuanpin.pipelines.desk.people import ROLES, Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.user_file import LONGEST_NAME, users
from xuanpin.pipelines.typed.words import clean_words

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class Origin:
    """The `address` of who asks, whether she came by https (`is_secure`), and the person for whom a proxy vouches."""

    address: str
    is_secure: bool
    person: Person | None


def origin_of(place: DeskPlace, scope: Scope, headers: Headers) -> Origin:
    """Return where a request comes from; headers of a proxy count only where the connection is that proxy's."""
    peer = _address((scope.get("client") or ("",))[0])
    is_secure = scope.get("scheme") == "https"
    if peer not in place.settings.desk.trusted_proxies:
        return Origin(peer, is_secure, None)
    forwarded = _list(headers, "x-forwarded-proto")[-1].lower()
    person = _vouched(place, headers)
    return Origin(_first_unknown(place, headers, peer), forwarded == "https" if forwarded else is_secure, person)


def is_known_host(place: DeskPlace, headers: Headers) -> bool:
    """Whether the request asks for a name of this desk; another name may lead a browser here without its knowing."""
    name = _without_port(headers.get("host", ""))
    return name in LOOPBACK or name in place.settings.desk.hosts or name in place.hosts


def is_own_origin(place: DeskPlace, headers: Headers) -> bool:
    """Whether a form comes from a page of the desk itself, as far as the browser tells.

    A proxy may ask under another name than the browser did: the names of the settings count too.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    stated = headers.get("origin")
    if stated is None:
        return True
    try:
        asked = urlsplit(stated)
        is_named = (asked.hostname or "") in place.settings.desk.hosts
    except ValueError:
        return False
    return is_named or asked.netloc.lower() == headers.get("host", "").lower()


def _without_port(host: str) -> str:
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdecimal() else host.lower()


def _first_unknown(place: DeskPlace, headers: Headers, peer: str) -> str:
    """Return the last address of a chain of proxies that is none of ours: nobody but ours can have written it."""
    chain = [_address(part) for part in _list(headers, "x-forwarded-for")]
    unknown = [address for address in chain if address and address not in place.settings.desk.trusted_proxies]
    return unknown[-1] if unknown else peer


def _address(text: str) -> str:
    """Return an address in its one form; '' for what is none, such as a name that a proxy has written."""
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _vouched(place: DeskPlace, headers: Headers) -> Person | None:
    desk = place.settings.desk
    if desk.trusted_header is None:
        return None
    name = clean_words(_text(_only(headers, desk.trusted_header)))[:LONGEST_NAME]
    if not name:
        return None
    if desk.trusted_role_header is not None:
        stated = _only(headers, desk.trusted_role_header).strip().lower()
        return next((Person(name, role) for role in ROLES if role == stated), None)
    known = users(place.home).get(name)
    return Person(known.name, known.role) if known else None


def _list(headers: Headers, name: str) -> list[str]:
    """Return the parts of all headers of a name, the last one as the nearest proxy has added it; one '' for none."""
    return [part.strip() for part in ",".join(headers.getlist(name)).split(",")]


def _only(headers: Headers, name: str) -> str:
    """Return the header of a name; '' where there are several, of which a browser may have sent one."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _text(value: str) -> str:
    """Return a header's value as UTF-8, which the server has read as Latin-1."""
    return value.encode("latin-1").decode("utf-8", errors="replace")
