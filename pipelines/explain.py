"""Explains from the published tables why a SKU is listed or not, why an agent got her SKUs, and what is published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.delivery import not_level
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.explained.agent import agent_text as agent_text
from xuanpin.pipelines.explained.lines import PublishedFacts
from xuanpin.pipelines.explained.sku import sku_text as sku_text
from xuanpin.pipelines.explained.status import status_text as status_text
from xuanpin.pipelines.home_files import noted_set_aside
from xuanpin.pipelines.identity import run_identity
from xuanpin.pipelines.missing.prices import manifest_prices
from xuanpin.pipelines.republishing.dangers import held_skus
from xuanpin.pipelines.republishing.holds import BRAKES, held_reason
from xuanpin.pipelines.run_store.columns import read_columns
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import clean_name, did_you_mean, same_name
from xuanpin.pipelines.typed.phrase import Phrase, phrase

PROMISED = ("promise", "promise_confidence", "promise_bound", "can_promise", "promise_reasons")
"""What a manifest says of the promise; null in one of an earlier release."""

_SKU_COLUMNS = (
    "title", "list_price", "satisfaction", "return_rate", "evidence_orders", "sellable_units", "offer_until",
)  # fmt: skip


def _no_candidate(sku_id: str, list_date: str, near: Phrase) -> Phrase:
    return phrase(
        "SKU {sku_id!r} is no candidate for list date {list_date}{near}: it is unknown, withdrawn, paused, not "
        "launched or out of season; look it up in the products drop",
        sku_id=sku_id,
        list_date=list_date,
        near=near,
    )


def _no_agent(agent_id: str, list_date: str, near: Phrase) -> Phrase:
    return phrase(
        "agent {agent_id!r} has no matches for list date {list_date}{near}: she is unknown, paused or has left; look "
        "her up in the agents drop",
        agent_id=agent_id,
        list_date=list_date,
        near=near,
    )


def sku_facts(home: Home, sku_id: str, list_date: date | None) -> PublishedFacts:
    """Return the scorecard of `sku_id` on a list date (the latest without one); its place and its agents, if listed.

    Raises UsageError for an unknown SKU.
    """
    run = run_store.require_run(home, list_date)
    found = _row(home, run, "sku_scorecard", _no_candidate, "sku_id", sku_id)
    listed = run_store.read_table(home, run, "sku_list", sku_id=found["sku_id"]).to_pylist()
    if listed:
        agents = run_store.read_table(home, run, "agent_matches", ["agent_id"], sku_id=found["sku_id"]).num_rows
        found |= {"list_rank": listed[0]["list_rank"], "role": listed[0]["role"], "agents": agents}
    return _plain(found)


def agent_facts(home: Home, agent_id: str, list_date: date | None) -> PublishedFacts:
    """Return the summary, matches, alternates and own picks of `agent_id` on a list date (the latest without one).

    Raises UsageError for an agent without a summary.
    """
    return run_agent_facts(home, run_store.require_run(home, list_date), agent_id)


def run_agent_facts(home: Home, run: run_store.CurrentRun, agent_id: str) -> PublishedFacts:
    """Return what agent_facts returns of `agent_id`, of a `run` that may wait for a person."""
    found = _row(home, run, "agent_summary", _no_agent, "agent_id", agent_id)
    skus = read_columns(home, run, "sku_list", ["sku_id", *_SKU_COLUMNS])
    listed = {row["sku_id"]: row for row in skus.to_pylist()}

    def hers(table: str, rank: str) -> list[PublishedFacts]:
        rows = run_store.read_table(home, run, table, agent_id=found["agent_id"]).sort_by(rank).to_pylist()
        return [row | {key: listed[row["sku_id"]][key] for key in _SKU_COLUMNS} for row in rows]

    offered = {"matches": hers("agent_matches", "match_rank"), "alternates": hers("agent_alternates", "alternate_rank")}
    return _plain(found | offered | {"picks": _picks(home, run, found["agent_id"])})


def _picks(home: Home, run: run_store.CurrentRun, agent_id: str) -> list[PublishedFacts]:
    """Return what an agent proposed and the answers, with the titles of candidates."""
    columns = ["sku_id", "decision", "decision_code", "reasons"]
    rows: list[PublishedFacts] = run_store.read_table(home, run, "pick_answers", columns, agent_id=agent_id).to_pylist()
    named = run_store.read_table(home, run, "sku_scorecard", ["sku_id", "title"]).to_pylist() if rows else []
    titles = {row["sku_id"]: row["title"] for row in named}
    return [row | {"title": titles.get(row["sku_id"], row["sku_id"])} for row in rows]


def status_facts(home: Home, list_date: date | None, settings: Settings) -> PublishedFacts:
    """Return what a list date shows: run, state, row counts, check results, and whether a run now would differ."""
    run = run_store.require_run(home, list_date)
    manifest = run_store.manifest(home, run)
    columns = ["check_name", "result", "table_name"]
    quality = run_store.read_table(home, run, "run_quality", columns).to_pylist()
    checks = [row for row in quality if row["table_name"] != BRAKES]
    failed = [row["check_name"] for row in checks if row["result"] != "pass"]
    return {
        "list_date": run.list_date,
        "as_of_date": run.as_of_date,
        "run_id": run.run_id,
        "state": run.state,
        "reason": run_store.reason_of(manifest),
        **{name: manifest.get(name) for name in PROMISED},
        "row_counts": manifest["row_counts"],
        "audit_bound": manifest.get("audit_bound"),
        "missing_sources": manifest.get("missing_sources") or [],
        "missing_columns": manifest.get("missing_columns") or [],
        "missing_prices": manifest_prices(manifest),
        "differs_now": differs_now(home, run, settings),
        "checks": len(checks),
        "checks_not_passed": failed,
        "report": str(run_store.run_folder(home, run) / "report.html"),
        "held_for_danger": held_skus(home, run),
        "pending": _pending(home, list_date),
        "held_by_brakes": held_lists(home, list_date),
        "not_level": not_level(home, settings),
        "trial": _trial(home, run),
        "set_aside": [fault.sentence for fault in noted_set_aside(home)],
        "published_list_dates": [other.list_date for other in run_store.current_runs(home)],
    }


def _trial(home: Home, run: run_store.CurrentRun) -> dict[str, Any] | None:
    """Where the trial of a run stands; None where it has none."""
    columns = ["experiment", "trial_state", "stopped_by", "days_counted"]
    rows: list[dict[str, Any]] = run_store.read_table(home, run, "experiment_results", columns).to_pylist()
    return rows[0] if rows else None


def differs_now(home: Home, run: run_store.CurrentRun, settings: Settings) -> bool | None:
    """Return whether a run for the same as-of date now would have another identity; None while a night runs."""
    request = RunRequest(date.fromisoformat(run.as_of_date), home, None, settings, datetime.now(BEIJING))
    try:
        with open_night(request) as night:
            # A recalled list differs from its night's by the recall alone.
            origin: str = run_store.manifest(home, run)["origin_run_id"]
            return run_identity(night) != origin
    except HomeBusy:
        return None


def _pending(home: Home, list_date: date | None) -> list[str]:
    """Return the reports of the lists that are pending approval: of one list date, or of all."""
    runs = [run for run in run_store.pending_runs(home) if list_date is None or run.list_date == list_date.isoformat()]
    return [str(run_store.run_folder(home, run) / "report.html") for run in runs]


def held_lists(home: Home, list_date: date | None = None) -> list[Phrase]:
    """Return one line a list that a brake holds, with the reason: of one list date, or of all."""
    runs = [run for run in run_store.pending_runs(home) if list_date is None or run.list_date == list_date.isoformat()]
    reasons = [(run.list_date, held_reason(home, run)) for run in runs]
    return [
        phrase("Held by a brake, list for {day}: {reason}", day=day, reason=reason)
        for day, reason in reasons
        if reason is not None
    ]


def headline(home: Home, as_of: date | None, settings: Settings) -> Phrase:
    """Return the status of the list that a night `as_of` a date published (of the latest list without a date)."""
    return status_text(status_facts(home, None if as_of is None else as_of + timedelta(days=1), settings))


def _row(
    home: Home,
    run: run_store.CurrentRun,
    table: str,
    missing: Callable[[str, str, Phrase], Phrase],
    column: str,
    typed: str,
) -> PublishedFacts:
    """Return the one row of a published table whose id was typed, in whatever case, width and blanks.

    Raises UsageError with the message for a missing one, and the ids that are most like it.
    """
    found: list[PublishedFacts] = run_store.read_table(home, run, table, **{column: typed}).to_pylist()
    if found:
        return found[0]
    known = run_store.read_table(home, run, table, [column])[column].to_pylist()
    name = same_name(typed, known)
    if name is None:
        raise UsageError(missing(clean_name(typed), run.list_date, did_you_mean(typed, known)))
    rows: list[PublishedFacts] = run_store.read_table(home, run, table, **{column: name}).to_pylist()
    return rows[0]


def _plain(row: PublishedFacts) -> PublishedFacts:
    """Return the row with dates and decimals as text, so that it prints as JSON without loss."""
    return {key: _plain_value(value) for key, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) if isinstance(item, dict) else item for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
