"""What somebody wants to try: other settings, a pin, a ban; and how a draft reads beside the night that it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.identity import NOT_DECISIVE
from xuanpin.pipelines.planning.problem import ProblemFacts
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.messages import value_fault
from xuanpin.pipelines.typed.names import did_you_mean, same_name
from xuanpin.pipelines.typed.phrase import as_is, joined, listed, phrase

TRIED = ("landmine_promise", "promise_confidence", "landmine_cap")
"""Settings of [scoring] that a draft can try; all of [assortment] can be. What else decides takes a night."""
DRAFT_ID = "draft"
"""Id under which the pins and bans of a draft appear in reasons."""

Changes = Mapping[str, Mapping[str, Any]]
"""Values of settings by section and key."""


@dataclass(frozen=True)
class Draft:
    """What to try: `settings` in place of the night's (None: the night's own), single `changes` of them by section and
    key, SKUs to pin (`pins`) and to ban (`bans`) for the list date. `is_approved`: a second person approves pins over
    the landmine cap.
    """

    settings: Settings | None = None
    changes: Changes = field(default_factory=dict)
    pins: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    is_approved: bool = False


def drafted_settings(facts: ProblemFacts, draft: Draft) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings under which a draft is solved, and the keys of those that differ and take a whole night.

    Raises UsageError that names each value that no settings file may have.
    """
    night = _validated(_known(facts.settings))
    asked = _validated(_changed(_decisive(draft.settings or night), draft.changes))
    scoring = night.scoring.model_copy(update={name: getattr(asked.scoring, name) for name in TRIED})
    solved = night.model_copy(update={"assortment": asked.assortment, "scoring": scoring})
    return solved, tuple(sorted(_differences(_decisive(solved), _decisive(asked))))


def changed_settings(settings: Settings, changes: Changes) -> Settings:
    """Return settings with single `changes`; raises UsageError that names each value that no settings file may have."""
    return _validated(_changed(settings.model_dump(), changes))


def _known(stored: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The stored settings without what an earlier or later release calls otherwise."""
    sections = {name: field.annotation for name, field in Settings.model_fields.items() if name in stored}
    return {
        name: {key: value for key, value in stored[name].items() if key in getattr(section, "model_fields", {})}
        for name, section in sections.items()
    }


def _decisive(settings: Settings) -> dict[str, dict[str, Any]]:
    return settings.model_dump(exclude=NOT_DECISIVE)


def _changed(settings: dict[str, dict[str, Any]], changes: Changes) -> dict[str, dict[str, Any]]:
    return settings | {name: settings.get(name, {}) | dict(values) for name, values in changes.items()}


def _validated(content: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise UsageError(joined((value_fault(dict(item), Settings) for item in error.errors()), "; ")) from error


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for section, values in one.items():
        yield from (f"{section}.{key}" for key, value in values.items() if other[section][key] != value)


def known_skus(draft: Draft, candidates: Collection[str]) -> Draft:
    """Return the draft with its SKUs as the candidates are written, each once.

    Raises UsageError for a SKU that is no candidate, with those most like it, and for one that is pinned and banned.
    """
    pins, bans = ([_known_sku(name, candidates) for name in dict.fromkeys(names)] for names in (draft.pins, draft.bans))
    if both := sorted(set(pins) & set(bans)):
        raise UsageError(phrase("{both}: pinned and banned in one draft; leave one out", both=listed(both)))
    return Draft(draft.settings, draft.changes, tuple(pins), tuple(bans), draft.is_approved)


def _known_sku(typed: str, candidates: Collection[str]) -> str:
    found = same_name(typed, candidates)
    if found is None:
        raise UsageError(
            phrase(
                "SKU {typed!r} is no candidate of this list{near}: it is unknown, withdrawn, paused, not "
                "launched or out of season",
                typed=typed,
                near=did_you_mean(typed, candidates),
            )
        )
    return found


def add_overrides(night: Night, draft: Draft, recalled: Sequence[str] = ()) -> None:
    """Add the pins and bans of a draft, and the SKUs that were `recalled`, to the overrides of an opened problem."""
    decided = [(DRAFT_ID, sku, "pin") for sku in draft.pins]
    decided += [(DRAFT_ID, sku, "ban") for sku in draft.bans] + [("recall", sku, "ban") for sku in recalled]
    if not decided:
        return
    ids, skus, actions = zip(*decided, strict=True)
    count, day = len(decided), night.list_date
    rows = {
        "override_id": ids,
        "sku_id": skus,
        "action": actions,
        "starts_on": [day] * count,
        "ends_on": [day] * count,
        "author": ["author"] * count,
        "approved_by": ["approver" if draft.is_approved else ""] * count,
    }
    night.engine.append("night.stg_overrides", pa.table(rows))


REFUSED = {
    "banned_by_override": phrase("a ban is in force; end it first"),
    "danger_reported": phrase("customers report danger; clear the hold first (xuanpin clear-danger)"),
    "twin_of_danger": phrase(
        "it is a twin of a SKU that is held for danger; that takes a second person (--approved-by)"
    ),
    "out_of_stock": phrase("it has no stock"),
    "offer_ended": phrase("its supplier's offer has ended; a new one has to come first"),
    "offer_to_come": phrase("its supplier's offer has not begun"),
    "offer_sold_out": phrase("all that its suppliers offer has been ordered"),
    "offer_withdrawn": phrase("its suppliers have taken their offers back"),
    "pin_unapproved": phrase("it is over the landmine cap; that takes a second person (--approved-by)"),
}
"""What keeps a pinned SKU off a list, by code, and what to do about it."""


def refuse_pins(night: Night, draft: Draft) -> None:
    """Raise UsageError for pins of a draft that no list may follow; reads night.int_selection_pins, which selection
    has written."""
    refusals = {row["sku_id"]: row["refusal_code"] for row in night.engine.read("night.int_selection_pins").to_pylist()}
    found = [(sku, refusals[sku]) for sku in draft.pins if refusals.get(sku) is not None]
    if found:
        said = joined(
            (joined((sku, REFUSED.get(code, as_is(code.replace("_", " ")))), ": ") for sku, code in found), "; "
        )
        raise UsageError(phrase("a pin that no list may follow: {refusals}. Nothing was planned", refusals=said))
