"""The pages on one SKU, one supplier and one group over the nights that the home keeps.

Ids in addresses are looked up in published tables, never joined to a path.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from xuanpin.pipelines.comparing.words import alarm_label
from xuanpin.pipelines.desk.earlier_runs import tolerant_page
from xuanpin.pipelines.desk.kept import Kept
from xuanpin.pipelines.desk.life_pages import dated_weeks, judged_sums, sku_pictures, supplier_picture
from xuanpin.pipelines.desk.page import error_page, see_other
from xuanpin.pipelines.desk.people import Reader
from xuanpin.pipelines.desk.place import Place
from xuanpin.pipelines.desk.texts import language_of, text
from xuanpin.pipelines.looking_back.decisions import decisions_on, remarks_on
from xuanpin.pipelines.looking_back.group import group_life
from xuanpin.pipelines.looking_back.nights import seen_nights
from xuanpin.pipelines.looking_back.quotes import QUOTED_NIGHTS, quotes_on
from xuanpin.pipelines.looking_back.sku import SkuLife, find_sku, sku_life
from xuanpin.pipelines.looking_back.supplier import SupplierLife, supplier_life
from xuanpin.pipelines.typed.shown import shown

router = APIRouter()
LONGEST_NAME = 64
"""Characters of an unknown id that a page repeats."""
_skus, _suppliers = Kept[SkuLife | None](256), Kept[SupplierLife | None](64)
"""Runs do not change: what the same nights say of the same thing stays as it is."""


@router.get("/sku/{sku_id:path}")
def sku(request: Request, place: Place, person: Reader, sku_id: str) -> Response:
    """Show any `person` the life of a SKU (`sku_id`)."""
    nights = seen_nights(place.home)
    found = _skus.get((place.home, nights, sku_id), partial(sku_life, place.home, nights, sku_id))
    if found is None:
        known = find_sku(place.home, nights, sku_id)
        if known is None or known == sku_id:
            return _unknown(request, "life_unknown_sku", sku_id)
        return see_other(request, f"/sku/{quote(known)}")
    return tolerant_page(
        request,
        "sku.html.j2",
        life=found,
        latest=nights[0].list_date,
        pictures=sku_pictures(found),
        weeks=dated_weeks(found),
        sums=judged_sums(found.predictions),
        quotes=quotes_on(place.home, nights, found.sku_id),
        quoted_nights=QUOTED_NIGHTS,
        decisions=decisions_on(place.home, nights, found.sku_id),
        remarks=remarks_on(place.home, found.sku_id),
    )


@router.get("/supplier/{supplier_id:path}")
def supplier(request: Request, place: Place, person: Reader, supplier_id: str) -> HTMLResponse:
    """Show any `person` one supplier (`supplier_id`): its SKUs, its share of lists and its alarms."""
    nights = seen_nights(place.home)
    found = _suppliers.get((place.home, nights, supplier_id), partial(supplier_life, place.home, nights, supplier_id))
    if found is None:
        return _unknown(request, "life_unknown_supplier", supplier_id)
    alarm = partial(alarm_label, language=language_of(request))
    return tolerant_page(request, "supplier.html.j2", life=found, picture=supplier_picture(found), alarm=alarm)


@router.get("/group/{group_id:path}")
def group(request: Request, place: Place, person: Reader, group_id: str) -> HTMLResponse:
    """Show any `person` one customer group (`group_id`): its agent, her matches, and counts of what it said."""
    found = group_life(place.home, group_id)
    if found is None:
        return _unknown(request, "life_unknown_group", group_id)
    return tolerant_page(request, "group.html.j2", life=found)


def _unknown(request: Request, key: str, typed: str) -> HTMLResponse:
    return error_page(request, 404, text(key, language_of(request), name=shown(typed[:LONGEST_NAME])))
