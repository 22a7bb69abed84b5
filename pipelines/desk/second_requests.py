"""Decisions that wait until a second person confirms them under her own name, in HOME/desk/requests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from xuanpin.models.text.redaction import redact_label, redact_words
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk import decisions
from xuanpin.pipelines.desk.decisions import SkuForm
from xuanpin.pipelines.desk.people import Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.overrides import gated_skus
from xuanpin.pipelines.overrides.deciding import Decided
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.plain_files import require_plain

FOLDER = "requests"
DIGITS = 16
"""Hexadecimal digits in the name of a request's file."""


@dataclass(frozen=True)
class WaitingRequest:
    """Hold a decision that waits: the `name` of its file, who asked (`by`), when (`at`, zone-aware), and the form."""

    name: str
    by: str
    at: datetime
    form: SkuForm


def takes_second(place: DeskPlace, form: SkuForm) -> bool:
    """Whether a decision takes a second person: the end of a hold for danger, or a pin over the landmine cap."""
    pinned = {"pin": form.sku_id, "swap": form.other}.get(form.action)
    gated = gated_skus(place.home, place.settings) if pinned else set()
    return form.action == "clear" or clean_name(pinned or "") in gated


def ask(place: DeskPlace, by: str, form: SkuForm) -> None:
    """Keep what `by` asks until somebody confirms or withdraws it, without personal data; asked twice, it waits once.

    Raises UsageError where a field is empty or wrong, for an unknown SKU, and where somebody else has decided since.
    """
    decisions.requests_of(by, form)
    run = run_store.require_run(place.home)
    known = decisions.candidate(place.home, run, form.sku_id)
    kept = replace(form, sku_id=known, reason=redact_words(form.reason), approved_by=None)
    facts = {"by": redact_label(by), "form": asdict(kept)}
    name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:DIGITS]
    with place.deciding:
        decisions.refuse_other_decision(place.home, by, kept)
        path = _path(place.home, name)
        keep_private(place.home)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            run_store.replace_json(path, facts | {"at": place.clock().isoformat(timespec="seconds")})


def waiting_requests(home: Home) -> list[WaitingRequest]:
    """Return what waits for a second person, the oldest first; files that cannot be read are left out."""
    found = []
    for path in (home.desk / FOLDER).glob("*.json"):
        try:
            require_plain(path, home.root)
            content = json.loads(path.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(content["at"])
            found.append(WaitingRequest(path.stem, str(content["by"]), at, SkuForm(**content["form"])))
        except UNREADABLE:
            continue
    return sorted(found, key=lambda asked: (asked.at.isoformat(), asked.name))


def find_request(home: Home, name: str) -> WaitingRequest:
    """Return the request of this `name` that waits; raise UsageError where it was confirmed or withdrawn."""
    found = next((asked for asked in waiting_requests(home) if asked.name == name), None)
    if found is None:
        raise UsageError(
            phrase("this request was confirmed or withdrawn already; see the decisions on the page of tonight")
        )
    return found


def confirm(place: DeskPlace, person: Person, asked: WaitingRequest) -> Decided:
    """Decide what was asked, with `person` as the second, and forget the request; tell what became of it.

    Raises UsageError where she is no approver or asked herself, and else as `decide_on_sku`; the request then waits on.
    """
    if not person.may_approve:
        raise UsageError(
            phrase("{name} is no approver; the second person has to be one. Nothing was stored", name=person.name)
        )
    if redact_label(person.name) == asked.by:
        raise UsageError(
            phrase("you have asked for this yourself; another approver has to confirm it. Nothing was stored")
        )
    with place.deciding:
        # Of two who confirm at once, the second finds nothing any more.
        form = replace(find_request(place.home, asked.name).form, approved_by=person.name)
        decided = decisions.decide_in_turn(place, asked.by, form)
        _path(place.home, asked.name).unlink(missing_ok=True)
    return decided


def withdraw(place: DeskPlace, person: Person, asked: WaitingRequest) -> None:
    """Forget a request; raise UsageError where `person` neither asked nor is an approver."""
    if not person.may_approve and redact_label(person.name) != asked.by:
        raise UsageError(phrase("only an approver, or who has asked, may withdraw a request. Nothing was changed"))
    with place.deciding:
        _path(place.home, asked.name).unlink(missing_ok=True)


def _path(home: Home, name: str) -> Path:
    return home.desk / FOLDER / f"{name}.json"
