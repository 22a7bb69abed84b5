"""Signing in: the page that asks for it, and what a name and a password are held against."""

from __future__ import annotations

import re

from fastapi import Request
from starlette.responses import HTMLResponse

from xuanpin.pipelines.desk.page import page, route_path
from xuanpin.pipelines.desk.passwords import LONGEST, NOBODYS, is_password
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.user_file import User, users
from xuanpin.pipelines.typed.names import folded
from xuanpin.pipelines.typed.words import clean_words

_WITHIN = re.compile(r"/(?!/)[A-Za-z0-9_./-]*(\?[A-Za-z0-9_.&=%-]*)?")


def sign_in_page(request: Request, status: int = 200, wrong: bool = False, wait: int = 0) -> HTMLResponse:
    """Return the page that asks for name and password.

    `status` is that of HTTP; `wrong`: the last ones were; `wait`: seconds until others may be tried.
    """
    asked = f"{route_path(request)}?{request.url.query}".rstrip("?") if request.method == "GET" else "/"
    return page(request, "login.html.j2", status, wrong=wrong, wait=wait, next=page_within(asked))


def page_within(path: str) -> str:
    """Return a path to go on to where it is a page of the desk; the first page for anything else."""
    is_page = _WITHIN.fullmatch(path) and not path.startswith(("/login", "/static/", "/a/"))
    return path if is_page else "/"


def waits(place: DeskPlace, name: str, address: str) -> int:
    """Return the seconds until a password for `name`, or from `address`, may be tried again."""
    now = place.clock()
    return max(place.wrong_names.wait(_counted(name), now), place.wrong_addresses.wait(address, now))


def check(place: DeskPlace, name: str, password: str, address: str) -> User | None:
    """Return whose name and password these are; None for wrong ones, and where the name or the `address` has to wait.

    An attempt is counted before the password is looked at, so that many at once are no more than were allowed. It takes
    equally long whether there is somebody of that name or not.
    """
    now, known = place.clock(), users(place.home).get(clean_words(name))
    if not (place.wrong_names.take(_counted(name), now) and place.wrong_addresses.take(address, now)):
        return None
    with place.hashing:
        is_right = is_password(password[: LONGEST + 1], known.hash if known else NOBODYS)
    if known is None or not is_right:
        return None
    place.wrong_names.clear(_counted(name))
    place.wrong_addresses.give_back(address)
    return known


def _counted(name: str) -> str:
    return folded(name)[:100]
