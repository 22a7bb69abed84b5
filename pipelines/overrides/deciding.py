"""Decisions on SKUs as the command line and the desk take them: asked for, stored, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.overrides import (
    Override,
    OverrideRequest,
    contradicted,
    latest_overrides,
    store_overrides,
)
from xuanpin.pipelines.session import open_latest
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import Phrase, listed, phrase

_ACTIONS = {"pin": phrase("pin"), "ban": phrase("ban"), "clear": phrase("clear")}


@dataclass(frozen=True)
class Decided:
    """Tell what became of a decision: the versions that it `added`, none where all of it stands already.

    `list_date` is that of the home's newest list; `late_on` the day of the decision where that list is of an earlier
    day; `banned_too` names the SKUs that are now pinned and banned for one list date.
    """

    added: list[Override]
    list_date: date
    late_on: date | None
    banned_too: list[str]


def asked_override(
    action: str,
    sku_id: str,
    reason: str,
    author: str,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    approved_by: str | None = None,
) -> OverrideRequest:
    """Return the request for one decision, called "the" `action` in messages.

    `sku_id`, `reason`, `author`, `starts_on`, `ends_on` and `approved_by` are as in Override.
    """
    return OverrideRequest(
        place=phrase("the {action}", action=_ACTIONS.get(action, action)),
        sku_id=clean_name(sku_id),
        action=action,
        reason=reason,
        author=author,
        starts_on=starts_on,
        ends_on=ends_on,
        approved_by=approved_by,
    )


def swapped(ban: OverrideRequest, come: str, approved_by: str | None) -> list[OverrideRequest]:
    """Return the requests of a swap: the `ban` and, for the same days and reason, the pin of the SKU `come`.

    `approved_by` is the second name of the pin. Both are stored together or not at all. Raises UsageError for a swap of
    a SKU for itself.
    """
    if clean_name(come) == ban.sku_id:
        raise UsageError(
            phrase("a swap of SKU {sku} for itself changes nothing; name another. Nothing was stored", sku=ban.sku_id)
        )
    place = phrase("the {action}", action=_ACTIONS["pin"])
    pin = replace(ban, place=place, sku_id=clean_name(come), action="pin", approved_by=approved_by)
    return [ban, pin]


def decide(home: Home, settings: Settings, now: datetime, requests: Sequence[OverrideRequest]) -> Decided:
    """Store the `requests` in the home as decided `now` (zone-aware), and tell what became of them.

    Raises UsageError as `store_overrides` does, and HomeBusy while a night runs.
    """
    with open_latest(home, settings, now) as night:
        added = store_overrides(night, requests)
        late_on = next((made for new in added if (made := new.created_at.date()) > night.list_date), None)
        return Decided(added, night.list_date, late_on, contradicted(added, latest_overrides(night)))


def decided_lines(decided: Decided) -> list[Phrase]:
    """Describe what was stored, and say so where the home's newest list is of an earlier day than the decision.

    A night of a past day does not know what was decided after it: on a home that is behind, such as the demo's, it
    looks as if the decision had been lost. A SKU that is now pinned and banned for the same day is named too.
    """
    lines = [_description(override) for override in decided.added]
    if decided.late_on is not None:
        lines.append(
            phrase(
                "the newest list here is for {list_date}; nights as of {late} or later know this, earlier ones do not",
                list_date=decided.list_date,
                late=decided.late_on,
            )
        )
    if decided.banned_too:
        lines.append(phrase("{skus}: a pin and a ban for the same day; the ban holds", skus=listed(decided.banned_too)))
    return lines


def _description(override: Override) -> Phrase:
    return phrase(
        "{action} of {sku_id} from {first} until {last}: {id}"
        if override.ends_on
        else "{action} of {sku_id} from {first} with an open end: {id}",
        action=_ACTIONS.get(override.action, override.action),
        sku_id=override.sku_id,
        first=override.starts_on,
        last=override.ends_on,
        id=override.override_id,
    )
