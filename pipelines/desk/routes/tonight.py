"""The page of tonight, and the forms on it by which people decide.

`person` is who asks. A form brings back the `list_date` and `run_id` of the list that it was shown with, and what was
typed: `sku_id`, the `action` of the button, the `reason`, the last day (`until`), for a swap the `other` SKU, `second`
name and `password`; `seen` stands for the newest decision on the SKU that the page showed. `request_id` names a request
that waits, and `agrees` says what becomes of it; with `rows` a page shows the whole list.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from xuanpin.models.text.redaction import redact_label
from xuanpin.pipelines.desk import decisions, second_requests, texts
from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.decisions import ListAction, Shown, SkuAction, SkuForm
from xuanpin.pipelines.desk.formats import clock_text
from xuanpin.pipelines.desk.page import notice, page, see_other
from xuanpin.pipelines.desk.people import Approver, Merchandiser, Person, Reader
from xuanpin.pipelines.desk.place import DeskPlace, Place
from xuanpin.pipelines.desk.second import is_second_here, second_name
from xuanpin.pipelines.desk.shown_texts import shown_texts
from xuanpin.pipelines.desk.telling import tell_decided
from xuanpin.pipelines.desk.tonight import Tonight, tonight
from xuanpin.pipelines.looking_back.quotes import quotes_on
from xuanpin.pipelines.overrides.deciding import Decided
from xuanpin.pipelines.reporting.findings import LARGE_MOVE, change_counts, large_moves
from xuanpin.pipelines.run_store import reason_of
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.phrase import phrase

router = APIRouter()
FIRST_ROWS = 60
"""Rows of the list that a page shows at once; a link shows the rest."""
TypedText = Annotated[str, Form(max_length=2_000)]


@router.get("/")
def show_tonight(request: Request, place: Place, person: Reader, list_date: str = "", rows: str = "") -> Response:
    """Show the list that waits or is shown, what holds it, and the forms to decide on it."""
    day = read_typed_day(list_date, phrase("the list date")) if list_date else None
    found = tonight(place, day)
    values = _values(found, shows_all=rows == "all") | {"is_second_here": is_second_here(place)}
    values["own_name"] = redact_label(person.name)
    values["quotes"] = lambda sku_id: quotes_on(place.home, (found.content.run,), sku_id)
    return page(request, "tonight.html.j2", **values | shown_texts(texts.language_of(request)))


def _values(found: Tonight, *, shows_all: bool) -> dict[str, Any]:
    content = found.content
    told = content.notes.findings if content.notes else ()
    return {
        "clock": clock_text,
        "found": found,
        "content": content,
        "why_derived": reason_of(content.manifest),
        "findings": told,
        "is_serious": any(finding.is_serious for finding in told),
        "changes": change_counts(content.moves),
        "large_moves": large_moves(content.moves),
        "large_move": LARGE_MOVE,
        "listed": content.listed if shows_all else content.listed[:FIRST_ROWS],
        "scale": max([max(row["return_rate_upper"], row["regret_rate_upper"]) for row in content.listed], default=1.0),
    }


@router.post("/skus/decide")
def decide_on_sku(
    request: Request,
    place: Place,
    person: Merchandiser,
    action: Annotated[SkuAction | Literal["comment"], Form()],
    list_date: Annotated[date, Form()],
    run_id: TypedText,
    sku_id: TypedText,
    reason: TypedText = "",
    until: TypedText = "",
    other: TypedText = "",
    seen: TypedText = "",
    second: TypedText = "",
    password: TypedText = "",
) -> Response:
    """Store a pin, a ban, a swap, the end of a hold for danger, or a comment on a SKU."""
    shown = Shown(list_date, run_id)
    if action == "comment":
        return _comment(request, place, person, shown, sku_id, reason)
    form = SkuForm(action, sku_id, reason, until, other, seen)
    if not second.strip() and second_requests.takes_second(place, form):
        return _ask(request, place, person, shown, form)
    form = replace(form, approved_by=second_name(place, request, person, second, password))
    decided = decisions.decide_on_sku(place, person.name, form)
    audit(place, request, person, action, form.shown_skus, "done" if decided.added else "stood already")
    return _told(request, shown, decided)


def _comment(request: Request, place: DeskPlace, person: Person, shown: Shown, sku_id: str, text: str) -> Response:
    is_new = decisions.remark(place, person.name, shown, sku_id, text)
    audit(place, request, person, "comment", sku_id, "done" if is_new else "stood already")
    response = _back(request, shown)
    notice(response, "notice_commented" if is_new else "notice_comment_again", sku=sku_id)
    return response


def _ask(request: Request, place: DeskPlace, person: Person, shown: Shown, form: SkuForm) -> Response:
    second_requests.ask(place, person.name, form)
    audit(place, request, person, f"ask for {form.action}", form.shown_skus)
    response = _back(request, shown)
    notice(response, "notice_requested", sku=form.shown_skus)
    return response


@router.post("/skus/confirm")
def confirm(
    request: Request,
    place: Place,
    person: Merchandiser,
    request_id: TypedText,
    agrees: Annotated[Literal["yes", "no"], Form()],
) -> Response:
    """Confirm what another has asked for, as the second person, or withdraw it."""
    asked = second_requests.find_request(place.home, request_id)
    response = see_other(request, "/")
    if agrees == "no":
        second_requests.withdraw(place, person, asked)
        notice(response, "notice_withdrawn", sku=asked.form.shown_skus)
    else:
        tell_decided(request, response, second_requests.confirm(place, person, asked))
    verb = "confirm" if agrees == "yes" else "withdraw"
    audit(place, request, person, f"{verb} {asked.form.action}", asked.form.shown_skus)
    return response


@router.post("/skus/recall")
def recall(
    request: Request,
    place: Place,
    person: Approver,
    list_date: Annotated[date, Form()],
    run_id: TypedText,
    sku_id: TypedText,
    reason: TypedText = "",
    until: TypedText = "",
) -> Response:
    """Take a SKU off the list that agents see, now."""
    shown, form = Shown(list_date, run_id), SkuForm("ban", sku_id, reason, until)
    has_changed = decisions.recall_sku(place, person.name, shown, form)
    audit(place, request, person, "recall", sku_id)
    response = _back(request, shown)
    notice(response, "notice_recall" if has_changed else "notice_recall_kept", sku=sku_id)
    return response


@router.post("/skus/lift")
def lift(
    request: Request,
    place: Place,
    person: Approver,
    list_date: Annotated[date, Form()],
    run_id: TypedText,
    sku_id: TypedText,
    reason: TypedText = "",
) -> Response:
    """Lift the recall of a SKU for later lists."""
    shown = Shown(list_date, run_id)
    decisions.lift_recall(place, person.name, shown, SkuForm("ban", sku_id, reason))
    audit(place, request, person, "lift recall", sku_id)
    response = _back(request, shown)
    notice(response, "notice_lift", sku=sku_id)
    return response


@router.post("/list/{action}")
def decide_on_list(
    request: Request,
    place: Place,
    person: Approver,
    action: ListAction,
    list_date: Annotated[date, Form()],
    run_id: TypedText,
    reason: TypedText = "",
) -> Response:
    """Approve, reject or take back the list that was shown."""
    shown = Shown(list_date, run_id)
    is_new = decisions.decide_on_list(place, person.name, shown, action, reason)
    audit(place, request, person, action, list_date.isoformat(), "done" if is_new else "stood already")
    response = see_other(request, "/") if action == "unpublish" else _back(request, shown)
    notice(response, f"notice_{action}" if is_new else "notice_decided", list_date=list_date.isoformat())
    return response


def _back(request: Request, shown: Shown) -> RedirectResponse:
    return see_other(request, f"/?list_date={shown.list_date}")


def _told(request: Request, shown: Shown, decided: Decided) -> Response:
    response = _back(request, shown)
    tell_decided(request, response, decided)
    return response
