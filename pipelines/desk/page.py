"""Renders a page of the desk in the reader's language, and tells after a redirect what was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.responses import Response

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.desk import formats, texts
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.sessions import Visit, csrf_token, unsigned

NOTICE_COOKIE = "xuanpin_notice"
NOTICE_HEADER = "x-desk-notice"
"""Takes a notice from a handler to the guard, which signs it; it never leaves the desk."""
LANGUAGE_SECONDS = 365 * 86_400
TITLES = {400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503}
"""Answers that have a text of their own; others get that of 400 or 500."""


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render `template` for the person and the language of the `request` with an HTTP `status`; it shows `values`."""
    place, visit = request.app.state.place, request.state.visit
    language = texts.language_of(request)
    shown = {
        "t": lambda key, **filled: texts.text(key, language, **filled),
        "language": language,
        "other_language": _other_language(request, language),
        "person": visit.person,
        "csrf": _csrf_field(place, visit),
        "link": lambda path: link(request, path),
        "path": route_path(request),
        "notice": _read_notice(request, place),
        "sentence": lambda reason: reason_sentence(reason, language),
    }
    response = HTMLResponse(_environment().get_template(template).render(shown | values), status)
    if request.query_params.get("lang") in texts.LANGUAGES:
        response.set_cookie(texts.COOKIE, language, LANGUAGE_SECONDS, path=home_path(request), samesite="lax")
    if NOTICE_COOKIE in request.cookies:
        response.delete_cookie(NOTICE_COOKIE, path=home_path(request))
    return response


def notice(response: Response, key: str, **values: Any) -> None:
    """Have the next page show the text `key` with `values` filled in, at its top and once."""
    response.headers[NOTICE_HEADER] = json.dumps([key, values])


def see_other(request: Request, path: str) -> RedirectResponse:
    """Return the redirect to the page of the desk at `path` that follows a form."""
    return RedirectResponse(link(request, path), 303)


def error_page(request: Request, status: int, message: str = "", again: Any = None) -> HTMLResponse:
    """Return the page that says why a request was not answered: the text of its `status`, and a `message`.

    `again` is what a refused form held (see forms.Again), to be corrected and sent again.
    """
    known = status if status in TITLES else (500 if status >= 500 else 400)
    return page(request, "error.html.j2", status, known=known, message=message, again=again)


def link(request: Request, path: str) -> str:
    """Return the address of a page of the desk, wherever it is mounted; `path` begins with a slash."""
    return str(request.state.root) + path


def route_path(request: Request) -> str:
    """Return the path of the request within the desk, wherever it is mounted."""
    return str(request.state.path)


def home_path(request: Request) -> str:
    """Return the path for which cookies of the desk are sent."""
    return str(request.state.root) or "/"


def keep_place(request: Request) -> None:
    """Keep where the desk is mounted and which of its pages is asked for: routing changes both in what it was given."""
    path, root = str(request.scope["path"]), str(request.scope.get("root_path", ""))
    request.state.root = root
    request.state.path = path.removeprefix(root) if path.startswith(f"{root}/") else path


def _other_language(request: Request, language: str) -> str:
    """Return the address of the same page in the other language; of the first one where a form was sent."""
    other = "en" if language == "zh" else "zh"
    is_form = request.method not in ("GET", "HEAD")
    return link(request, f"/?lang={other}") if is_form else f"?{request.url.include_query_params(lang=other).query}"


def _csrf_field(place: DeskPlace, visit: Visit) -> Callable[[], Markup]:
    def field() -> Markup:
        # Whoever is shown a form needs the session that it is bound to.
        visit.is_new = visit.is_new or visit.person is None
        return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token(place, visit))

    return field


def _read_notice(request: Request, place: DeskPlace) -> str:
    """Return the text that the request before asked to show, or ''."""
    content = unsigned(place, "notice", request.cookies.get(NOTICE_COOKIE, ""))
    if content is None:
        return ""
    key, values = content
    return texts.text(key, texts.language_of(request), **values)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"percent": formats.percent, "number": formats.number, "interval": formats.interval}
    return environment


def prepare_pages() -> None:
    """Compile every template and read every text, which the first page would otherwise wait for."""
    texts.texts()
    for file in files("xuanpin.pipelines.desk").joinpath("templates").iterdir():
        _environment().get_template(file.name)


def _template(name: str) -> str:
    return files("xuanpin.pipelines.desk").joinpath("templates", name).read_text(encoding="utf-8")
