"""What if: a list solved anew beside the list as it is; a draft is an address, and touches nothing published.

`person` is who asks, and `list_date` that of the list which her `draft`, the query of its address, changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.responses import Response

from xuanpin.pipelines.desk.audit import audit
from xuanpin.pipelines.desk.drafts import KNOBS, address_of, draft_of, shown_fields
from xuanpin.pipelines.desk.page import error_page, notice, page, see_other
from xuanpin.pipelines.desk.people import Merchandiser, Reader
from xuanpin.pipelines.desk.place import DeskPlace, Place
from xuanpin.pipelines.desk.planner import PlannerBusy
from xuanpin.pipelines.desk.second import is_second_here, second_name
from xuanpin.pipelines.desk.telling import tell_decided
from xuanpin.pipelines.desk.texts import language_of, text
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.overrides.deciding import asked_override, decide
from xuanpin.pipelines.planning.compared import compared_rows
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.frontier import Frontier
from xuanpin.pipelines.planning.plan import Plan
from xuanpin.pipelines.planning.proposal import proposal_of, store_proposal
from xuanpin.pipelines.planning.words import figure_cells, leaving_sentence, relaxed_sentence
from xuanpin.pipelines.reporting.charts import draw, frontier_chart
from xuanpin.pipelines.run_store import latest_run
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.phrase import in_language, phrase
from xuanpin.pipelines.typed.shown import brief, shown
from xuanpin.pipelines.typed.words import read_words

router = APIRouter()
WAIT_SECONDS = 5
"""When a page may be loaded again that found too many drafts waiting."""


@router.get("/what-if")
def what_if(request: Request, place: Place, person: Reader) -> HTMLResponse:
    """Show any `person` the form, and what the draft in the address gives beside the list as it is."""
    query = dict(request.query_params)
    day = _list_date(place, query)
    night = place.planner.settings(place.home, day)
    found: dict[str, Any] = {"plan": None, "frontier": None, "refusal": ""}
    try:
        draft = draft_of(query, night)
        found["draft"] = draft
        if draft != Draft():
            found["plan"] = place.planner.plan(place.home, day, draft, person.name)
        if query.get("frontier"):
            found["frontier"] = place.planner.frontier(place.home, day, draft, person.name)
    except PlannerBusy:
        return _busy(request)
    except XuanpinError as refused:
        found["refusal"] = brief(shown(in_language(refused, language_of(request))))
    return page(
        request, "whatif.html.j2", 409 if found["refusal"] else 200, **_values(request, query, day, night, found)
    )


@router.post("/what-if/overrides")
def make_overrides(
    request: Request,
    place: Place,
    person: Merchandiser,
    draft: Annotated[str, Form()] = "",
    list_date: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    second: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Store the pins and bans of a `draft` (the query of its address) as overrides of the next list, for a `reason`.

    A `second` approver proves by her `password` that she approves pins over the landmine cap. Raises UsageError for
    what the command line refuses too.
    """
    day = _list_date(place, {"list_date": list_date})
    typed = draft_of(dict(parse_qsl(draft)), place.planner.settings(place.home, day))
    asked = place.planner.named(place.home, day, typed)
    why = read_words(reason, phrase("the reason"), phrase("why"))
    approved_by = second_name(place, request, person, second, password)
    wanted = [("pin", sku, approved_by) for sku in asked.pins] + [("ban", sku, None) for sku in asked.bans]
    if not wanted:
        raise UsageError(phrase("the draft pins and bans nothing; name a SKU in it first. Nothing was stored"))
    requests = [asked_override(verb, sku, why, person.name, approved_by=by) for verb, sku, by in wanted]
    with place.deciding:
        decided = decide(place.home, place.settings, place.clock(), requests)
    audit(place, request, person, "decide a draft", ", ".join(f"{verb} {sku}" for verb, sku, _ in wanted))
    response = see_other(request, "/what-if")
    tell_decided(request, response, decided)
    return response


@router.post("/what-if/proposal")
def propose_settings(
    request: Request,
    place: Place,
    person: Merchandiser,
    draft: Annotated[str, Form()] = "",
    list_date: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Write the settings of a `draft` (the query of its address) as a proposal under a `name`, for a `reason`."""
    query = dict(parse_qsl(draft))
    day = _list_date(place, {"list_date": list_date})
    asked = draft_of(query, place.planner.settings(place.home, day))
    proposal = proposal_of(Draft(changes=asked.changes), place.settings, person.name, reason, place.clock())
    path = store_proposal(place.home, name, proposal)
    audit(place, request, person, "propose settings", day.isoformat())
    response = see_other(request, "/what-if")
    notice(response, "whatif_proposed", file=path.relative_to(place.home.root).as_posix())
    return response


def _list_date(place: DeskPlace, query: Mapping[str, str]) -> date:
    asked = query.get("list_date")
    return read_typed_day(asked, "list_date") if asked else date.fromisoformat(latest_run(place.home).list_date)


def _busy(request: Request) -> HTMLResponse:
    response = error_page(request, 429, text("whatif_busy", language_of(request)))
    response.headers["retry-after"] = str(WAIT_SECONDS)
    return response


def _values(
    request: Request, query: Mapping[str, str], day: date, night: Settings, found: dict[str, Any]
) -> dict[str, Any]:
    plan: Plan | None = found["plan"]
    language, draft = language_of(request), found.get("draft", Draft())
    return {
        "list_date": day.isoformat(),
        "knobs": KNOBS,
        "fields": shown_fields(query, night),
        "address": address_of(query, night) if plan else "",
        "draft": draft,
        "is_second_here": is_second_here(request.app.state.place),
        "refusal": found["refusal"],
        "plan": plan,
        "figures": _figures(plan, language) if plan else [],
        "rows": compared_rows(plan) if plan else [],
        "reasons": {gone.sku.sku_id: leaving_sentence(gone, language) for gone in plan.leaving} if plan else {},
        "relaxed": relaxed_sentence(plan, language) if plan else "",
        "frontier": found["frontier"],
        "chart": _chart(found["frontier"], night),
    }


def _figures(plan: Plan, language: Any) -> list[tuple[str, str, str]]:
    before, after = (figure_cells(figures, language) for figures in (plan.before, plan.after))
    return [(key, before[key], after[key]) for key in before]


def _chart(frontier: Frontier | None, night: Settings) -> Markup:
    if frontier is None or not frontier.points:
        return Markup("")
    rows = [{name: getattr(point, name) for name in CHARTED} for point in frontier.points]
    # The picture is ours: numbers and fixed words, nothing that anybody typed.
    chart = frontier_chart(rows, night.assortment.list_size, night.scoring.landmine_promise)
    return Markup(draw({"frontier": chart})["frontier"])


CHARTED = ("list_size", "promise", "expected_kept_units")
"""Values of a point of the frontier that the picture shows."""
