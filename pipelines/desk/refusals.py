"""Turns what goes wrong in a handler into a page: a refusal in its own words, a fault of the machine in plain ones."""

from __future__ import annotations

import logging
import traceback
from json import JSONDecodeError
from pathlib import PurePath

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pyarrow import ArrowException
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.forms import READING, typed_again
from xuanpin.pipelines.desk.headers import security_headers
from xuanpin.pipelines.desk.page import error_page
from xuanpin.pipelines.desk.sign_in import sign_in_page
from xuanpin.pipelines.desk.texts import language_of
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import HomeBusy, XuanpinError
from xuanpin.pipelines.typed.phrase import in_language
from xuanpin.pipelines.typed.shown import brief, shown

log = logging.getLogger("xuanpin")


def add_refusals(app: FastAPI) -> None:
    """Give `app` a page for each kind of failure."""
    app.add_exception_handler(XuanpinError, _refused)
    app.add_exception_handler(HTTPException, _by_status)
    app.add_exception_handler(RequestValidationError, _wrong_form)
    app.add_exception_handler(OSError, _machine)
    app.add_exception_handler(EngineError, _machine)
    app.add_exception_handler(ArrowException, _machine)
    app.add_exception_handler(JSONDecodeError, _machine)
    app.add_exception_handler(Exception, _unforeseen)


def refusal_page(request: Request, error: XuanpinError) -> HTMLResponse:
    """Return the page of a refusal with what the command line would print: 404 for one who looked, 409 for a form, 503
    while the home is busy."""
    status = 404 if request.method in READING else 409
    said = brief(shown(in_language(error, language_of(request))))
    return error_page(request, 503 if isinstance(error, HomeBusy) else status, said, typed_again(request))


def _refused(request: Request, error: Exception) -> Response:
    _note_refused(request, "not possible")
    return refusal_page(request, error) if isinstance(error, XuanpinError) else error_page(request, 500)


def _by_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 403:
        _note_refused(request, "not allowed")
    response = sign_in_page(request, 401) if status == 401 else error_page(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _note_refused(request: Request, outcome: str) -> None:
    """Note in the audit log that somebody was refused a form, by its route: what was typed stands nowhere."""
    person, route = request.state.visit.person, request.scope.get("route")
    if person is not None and request.method not in READING:
        audit(request.app.state.place, request, person, "refused", getattr(route, "path", ""), outcome)


def _wrong_form(request: Request, error: Exception) -> Response:
    return error_page(request, 422, again=typed_again(request))


def _machine(request: Request, error: Exception) -> Response:
    # What the engine and the system say may quote a row or a path.
    log.error("the desk could not read or write a file of the home (%s)", type(error).__name__)
    return error_page(request, 503)


def _unforeseen(request: Request, error: Exception) -> Response:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{PurePath(frame.filename).name}, line {frame.lineno}"
    log.error("the desk failed at %s: %s in %s", request.method, type(error).__name__, where)
    response = error_page(request, 500)
    # This answer is given outside of the guard, which has fallen with the rest.
    response.headers.update(security_headers(request.app.state.place))
    return response
