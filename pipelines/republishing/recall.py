"""Removes SKUs from a published list during the day, without a night, and keeps them off until a named day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from xuanpin.models.text.redaction import redact_label, redact_words
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_drops import check_drop, write_drop
from xuanpin.pipelines.home_files import UNREADABLE, note_set_aside, set_aside
from xuanpin.pipelines.republishing.derive import LatestInputs, derive
from xuanpin.pipelines.republishing.derived_run import Derived, Revision
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.session import log_file
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import did_you_mean
from xuanpin.pipelines.typed.phrase import joined, phrase
from xuanpin.pipelines.typed.plain_files import require_plain

BAN_DIGITS = 16


@dataclass(frozen=True)
class Recall:
    """Record the decision to remove `sku_id` from lists from `list_date` on, through `until` where that is named.

    `reason` is shown to readers, `by` names who decided, `at` is the time of the decision, zone-aware.
    """

    sku_id: str
    list_date: date
    reason: str
    by: str
    at: datetime
    until: date | None = None

    def holds_on(self, list_date: date) -> bool:
        """Whether the SKU may not be on the list of this date."""
        return self.list_date <= list_date and (self.until is None or list_date <= self.until)


def recall(home: Home, settings: Settings, asked: Recall) -> run_store.CurrentRun:
    """Record a recall, ban the SKU for the nights that follow, and publish a list without it.

    `asked` is the decision; a last day before its list date lifts the recalls of the SKU after that day. A decision
    that is recorded already is ended, not made anew, so that a recall that was cut short can be given again. Returns
    the run that is current afterwards: the one before where the SKU was neither listed nor matched, or where a recall
    is lifted. The reason is stored and shown without personal data, as far as it can be told without the warehouse.
    Raises UsageError for a list date without a run, an unknown SKU, and where there is no recall to lift.
    """
    asked = replace(asked, reason=redact_words(asked.reason), by=redact_label(asked.by))
    with sealing.lock_published(home) as noting, log_file(home):
        run = run_store.require_run(home, asked.list_date)
        decision = _decision(home, run, asked)
        _record(home, decision)
        shown = apply_recalls(home, settings, run, decision.at)
        if shown.run != run:
            shown.show(home, settings.publish.database_days, noting)
    return shown.run


def recall_text(home: Home, run: run_store.CurrentRun, asked: Recall) -> str:
    """Say in two lines what `run` of the `home`, which `recall` returned, shows of the SKU, and how long the decision
    that was `asked` for holds.
    """
    listed = run_store.read_table(home, run, "sku_list", ["sku_id"], sku_id=asked.sku_id).num_rows
    shown = phrase(
        "list date {list_date}: {state}, run {run_id}; {sku_id} is on the list"
        if listed
        else "list date {list_date}: {state}, run {run_id}; {sku_id} is not on the list",
        list_date=run.list_date,
        state=run_store.STATES[run.state],
        run_id=run.run_id[:12],
        sku_id=asked.sku_id,
    )
    if asked.until is not None and asked.until < asked.list_date:
        held = phrase("its recall is lifted: published lists stay as they are, later ones may have it again")
    elif asked.until is not None:
        held = phrase("its recall holds up to {until}", until=asked.until)
    else:
        held = phrase("its recall holds until it is lifted with --until and a day that has passed")
    return joined((shown, held), "\n")


def _decision(home: Home, run: run_store.CurrentRun, asked: Recall) -> Recall:
    """Return the decision to record: the recorded one where it says the same, dated so that it holds for some day."""
    earlier = [decision for decision in _recorded(home) if decision.sku_id == asked.sku_id]
    wanted = asked
    if asked.until is not None and asked.until < asked.list_date:
        if not earlier:
            raise UsageError(
                phrase(
                    "SKU {sku_id} was never recalled, so --until {until}, before list date {list_date}, has nothing "
                    "to lift; to recall it, leave --until out or name a later day",
                    sku_id=asked.sku_id,
                    until=asked.until,
                    list_date=asked.list_date,
                )
            )
        first = min(decision.list_date for decision in earlier)
        wanted = replace(asked, list_date=min(first, asked.until))
    elif not run_store.read_table(home, run, "sku_scorecard", ["sku_id"], sku_id=asked.sku_id).num_rows:
        known = run_store.read_table(home, run, "sku_scorecard", ["sku_id"])["sku_id"].to_pylist()
        raise UsageError(
            phrase(
                "SKU {sku_id!r} is no candidate for list date {list_date}, so it is not on the list{near}; look it "
                "up with `xuanpin explain sku`. Nothing was recalled",
                sku_id=asked.sku_id,
                list_date=run.list_date,
                near=did_you_mean(asked.sku_id, known),
            )
        )
    newest = max(earlier, key=lambda decision: decision.at, default=None)
    return newest if newest is not None and replace(newest, at=wanted.at) == wanted else wanted


def apply_recalls(home: Home, settings: Settings, run: run_store.CurrentRun, now: datetime) -> Derived:
    """Return the run itself, or a new one without the SKUs of its list that are recalled for its list date.

    `now` is the time of the new run, zone-aware.
    """
    list_date = date.fromisoformat(run.list_date)
    recalled = recalls_in_force(home, list_date)
    listed = set(run_store.read_table(home, run, "sku_list", ["sku_id"])["sku_id"].to_pylist())
    hit = sorted(listed & recalled.keys())
    if not hit:
        return Derived(run)
    reason = joined([phrase("{sku} recalled: {reason}", sku=sku, reason=recalled[sku].reason) for sku in hit], "; ")
    days = {sku: decision.list_date for sku, decision in recalled.items()}
    return derive(home, settings, Revision(run, list_date, "recalled", reason, days, now), LatestInputs())


def recalls_in_force(home: Home, list_date: date) -> Mapping[str, Recall]:
    """Return the recalls that hold on a list date, by SKU; the newest decision about a SKU counts."""
    newest: dict[str, Recall] = {}
    for decision in _recorded(home):
        if decision.sku_id not in newest or newest[decision.sku_id].at <= decision.at:
            newest[decision.sku_id] = decision
    return {sku: decision for sku, decision in newest.items() if decision.holds_on(list_date)}


def _recorded(home: Home) -> list[Recall]:
    """Return every decision that is recorded, in the order of the files; one that cannot be read is noted."""
    decisions, faults = [], []
    for path in sorted(home.reviews.glob("recall-*.json")):
        try:
            require_plain(path, home.root)
            decisions.append(_read(json.loads(path.read_text(encoding="utf-8"))))
        except UNREADABLE as error:
            faults.append(set_aside(home, path, error))
    note_set_aside(home, "reviews", faults)
    return decisions


def _record(home: Home, asked: Recall) -> None:
    """Write the decision to reviews/, where it holds from then on, and to overrides/ as a ban for later nights."""
    facts = _facts(asked)
    stamp = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:BAN_DIGITS]
    name = f"recall-{asked.list_date}-{stamp}"
    drop, ban = f"{name}.jsonl", json.dumps(_ban(asked), ensure_ascii=False) + "\n"
    check_drop("overrides", drop, ban, asked.at)
    home.reviews.mkdir(parents=True, exist_ok=True)
    run_store.replace_json(home.reviews / f"{name}.json", facts | {"decision": "recall"})
    write_drop(home.overrides, drop, ban)


def _ban(asked: Recall) -> dict[str, Any]:
    """Return the override that says the same; all decisions about a SKU are versions of one override."""
    return {
        "override_id": f"recall-{hashlib.sha256(asked.sku_id.encode()).hexdigest()[:BAN_DIGITS]}",
        "sku_id": asked.sku_id,
        "action": "ban",
        "starts_on": asked.list_date.isoformat(),
        "ends_on": None if asked.until is None else asked.until.isoformat(),
        "reason": asked.reason,
        "author": asked.by,
        "created_at": asked.at.isoformat(),
    }


def _facts(asked: Recall) -> dict[str, Any]:
    texts = {name: None if value is None else str(value) for name, value in asdict(asked).items()}
    return texts | {"at": asked.at.isoformat()}


def _read(facts: Mapping[str, Any]) -> Recall:
    until, at = facts["until"], datetime.fromisoformat(facts["at"])
    if at.tzinfo is None:
        raise ValueError("a decision without a time zone cannot be put in order")
    return Recall(
        sku_id=facts["sku_id"],
        list_date=date.fromisoformat(facts["list_date"]),
        reason=facts["reason"],
        by=facts["by"],
        at=at,
        until=None if until is None else date.fromisoformat(until),
    )
