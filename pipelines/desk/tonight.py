"""Gathers the page of tonight: what the run shows that waits or is shown, and what people have decided since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.decisions import moment_of, stamp_of
from xuanpin.pipelines.desk.kept import Kept
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.second_requests import WaitingRequest, waiting_requests
from xuanpin.pipelines.overrides import Override
from xuanpin.pipelines.overrides.waiting import filed_overrides
from xuanpin.pipelines.reporting.published import PublishedContent, read_published
from xuanpin.pipelines.republishing.holds import BrakeRow, holding_brakes
from xuanpin.pipelines.republishing.recall import Recall, recalls_in_force
from xuanpin.pipelines.republishing.records import COMMENT, Record, records_of

KEPT_RUNS = 3
"""Runs whose content is kept: the list of tonight, the one of today, and one that somebody looks at."""
SECOND_CODES = frozenset({"over_landmine_cap", "pin_unapproved", "twin_of_danger"})
"""Decision codes of SKUs whose pin needs a second person."""

_contents: Kept[PublishedContent] = Kept(KEPT_RUNS)


@dataclass(frozen=True)
class Tonight:
    """Hold what the page shows.

    `content` is the run's; `is_waiting` says whether it waits for a person, and `brakes` which brakes hold it; `other`
    is the run of the same or another list date that is shown or waits meanwhile. `fresh` are decisions on SKUs that
    the run does not know yet, the newest first, `newest` the newest known of each SKU and `stamps` what tells it from a
    later one; `known_until` does so for all SKUs. `comments` are remarks by SKU, `records` decisions on the list,
    `recalled` the recalls in force, `requests` decisions that wait for a second person. `cap` is the landmine
    probability (0-1) above which a pin takes a second person.
    """

    content: PublishedContent
    is_waiting: bool
    brakes: list[BrakeRow]
    other: run_store.CurrentRun | None
    fresh: list[Override]
    newest: Mapping[str, Override]
    stamps: Mapping[str, str]
    known_until: str
    comments: Mapping[str, list[Record]]
    records: list[Record]
    recalled: Mapping[str, Recall]
    requests: list[WaitingRequest]
    cap: float

    def needs_second(self, code: str | None, landmine_probability: float | None) -> bool:
        """Return whether a pin takes a second person, by its decision `code` and `landmine_probability` (0-1)."""
        return code in SECOND_CODES or (landmine_probability or 0.0) > self.cap


def tonight(place: DeskPlace, list_date: date | None = None) -> Tonight:
    """Return the page of the list for `list_date`, or of the latest one; one that waits before one that is shown.

    Raises UsageError where there is neither.
    """
    home = place.home
    run = run_store.latest_run(home, list_date)
    day = date.fromisoformat(run.list_date)
    filed = filed_overrides(home)
    newest = {override.sku_id: override for override in reversed(filed)}
    records = records_of(home, day)
    return Tonight(
        content=content_of(home, run),
        is_waiting=run.state in run_store.WAITING_STATES,
        brakes=holding_brakes(run_store.run_folder(home, run)),
        other=_other(home, run),
        fresh=[override for override in filed if _is_to_come(override, run)],
        newest=newest,
        known_until=moment_of(filed),
        stamps={sku_id: stamp_of(override) for sku_id, override in newest.items()},
        comments=_by_sku(records),
        records=[record for record in records if record.decision != COMMENT],
        recalled=recalls_in_force(home, day),
        requests=waiting_requests(home),
        cap=place.settings.scoring.landmine_cap,
    )


def _is_to_come(override: Override, run: run_store.CurrentRun) -> bool:
    """Whether a decision is younger than what `run` knows and holds for a list after it."""
    is_younger = override.created_at.astimezone(BEIJING).date().isoformat() > run.as_of_date
    return is_younger and (override.ends_on is None or override.ends_on.isoformat() > run.list_date)


def content_of(home: Home, run: run_store.CurrentRun) -> PublishedContent:
    """Return what a run shows, kept from page to page."""
    former = run_store.earlier_run(home, date.fromisoformat(run.list_date))
    # What the manifest says, not when it was written: a night that is run again with nothing new changes nothing.
    manifest = (run_store.run_folder(home, run) / run_store.MANIFEST).read_bytes()
    key = (home.root, run, former, manifest)
    return _contents.get(key, lambda: read_published(home, run))


def _other(home: Home, run: run_store.CurrentRun) -> run_store.CurrentRun | None:
    """Return the list that readers see while `run` waits, or one that waits while `run` is shown; None for neither."""
    waiting = [other for other in run_store.pending_runs(home) if other != run]
    if run.state not in run_store.WAITING_STATES:
        return waiting[-1] if waiting else None
    return run_store.current_run(home)


def _by_sku(records: list[Record]) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.decision == COMMENT:
            found.setdefault(record.sku_id, []).append(record)
    return found
