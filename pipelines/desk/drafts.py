"""A draft as the page What if has it: fields of a form, the address that it makes, and what is read of either.

A field that says what the night had is no change. `night` are the settings of the night that made the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.typed_values import typed_count, typed_limits, typed_number
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import Phrase, phrase

MOST_SKUS = 50
"""SKUs that one draft may pin or ban; more is another catalogue, not a draft."""
LONGEST_FIELD = 4_000
_BETWEEN = re.compile(r"[\s,;，；、]+")
_LIMITS = re.compile(r"[\r\n;；]+")

Kind = Literal["count", "percent", "limits"]


@dataclass(frozen=True)
class Knob:
    """A setting that the page offers: its `field` in form and address, its `section` and `key`, and how it is written
    (`kind`): a whole number, a share in percent, or numbers by category, one a line as category=number; `label` names
    it in messages."""

    field: str
    section: str
    key: str
    kind: Kind
    label: Phrase


KNOBS = (
    Knob("size", "assortment", "list_size", "count", phrase("SKUs on the list")),
    Knob("promise", "scoring", "landmine_promise", "percent", phrase("landmines promised at most")),
    Knob("confidence", "scoring", "promise_confidence", "percent", phrase("confidence of the promise")),
    Knob("cap", "scoring", "landmine_cap", "percent", phrase("landmine probability of a SKU at most")),
    Knob("explore", "assortment", "explore_share", "percent", phrase("places for new SKUs")),
    Knob("supplier_share", "assortment", "supplier_max_share", "percent", phrase("one supplier at most")),
    Knob("category_share", "assortment", "category_max_share", "percent", phrase("one top category at most")),
    Knob("bands", "assortment", "price_bands", "count", phrase("price bands")),
    Knob("band_share", "assortment", "price_band_min_share", "percent", phrase("each price band at least")),
    Knob("category_max", "assortment", "category_max", "limits", phrase("SKUs of a category at most")),
    Knob("category_min", "assortment", "category_min", "limits", phrase("SKUs of a category at least")),
)
LISTS = ("pins", "bans")
"""Fields with SKUs."""


def shown_fields(query: Mapping[str, str], night: Settings) -> dict[str, str]:
    """Return what stands in each field of the form: what was typed (`query`), else what the night had."""
    known = {knob.field: knob_text(knob, night) for knob in KNOBS} | dict.fromkeys((*LISTS, "approved"), "")
    return {field: query.get(field, text)[:LONGEST_FIELD] for field, text in known.items()}


def draft_of(query: Mapping[str, str], night: Settings) -> Draft:
    """Return the draft that the fields of a `query` ask for.

    Raises UsageError for a field that is no number where one belongs, and for too many SKUs.
    """
    changes: dict[str, dict[str, Any]] = {}
    for knob in KNOBS:
        value = _changed(knob, query.get(knob.field, "")[:LONGEST_FIELD], night)
        if value is not None:
            changes.setdefault(knob.section, {})[knob.key] = value
    pins, bans = (_skus(query.get(field, "")) for field in LISTS)
    return Draft(changes=changes, pins=pins, bans=bans, is_approved=bool(query.get("approved")))


def address_of(query: Mapping[str, str], night: Settings) -> str:
    """Return the query of an address with the fields of `query` that change something; raises as draft_of does."""
    typed = {field: text for field, text in shown_fields(query, night).items() if _plain(text)}
    same = {knob.field for knob in KNOBS if _changed(knob, typed.get(knob.field, ""), night) is None}
    return urlencode({field: text for field, text in typed.items() if field not in same})


def knob_text(knob: Knob, settings: Settings) -> str:
    """Return the value that `settings` have for a `knob`, as a field of the form writes it."""
    value = getattr(getattr(settings, knob.section), knob.key)
    if knob.kind == "limits":
        return "\n".join(f"{path}={number}" for path, number in sorted(value.items()))
    return f"{100 * value:.10g}" if knob.kind == "percent" else str(value)


def _changed(knob: Knob, typed: str, night: Settings) -> Any:
    """The value that a field asks for, None where that is the night's."""
    if not _plain(typed) or _plain(typed) == _plain(knob_text(knob, night)):
        return None
    value = _value(knob, typed)
    return None if value == getattr(getattr(night, knob.section), knob.key) else value


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:LONGEST_FIELD].replace("\r\n", "\n")).strip()


def _value(knob: Knob, typed: str) -> Any:
    if knob.kind == "limits":
        return typed_limits(knob.label, _LIMITS.split(typed))
    number = _plain(typed)
    if knob.kind == "count":
        return typed_count(knob.label, number)
    return float(typed_number(knob.label, number.removesuffix("%").strip()) / 100)


def _skus(typed: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(filter(None, map(clean_name, _BETWEEN.split(typed[:LONGEST_FIELD])))))
    if len(found) > MOST_SKUS:
        raise UsageError(
            phrase("{n} SKUs pinned or banned; a draft takes at most {most} of either", n=len(found), most=MOST_SKUS)
        )
    return found
