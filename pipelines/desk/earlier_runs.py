"""What the pages on earlier runs show, read from run folders alone and remembered, as a run does not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from xuanpin.pipelines import run_store
from xuanpin.pipelines.comparing import words
from xuanpin.pipelines.comparing.compare import Comparison, compare
from xuanpin.pipelines.comparing.origins import RunFacts, run_facts
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language, sentence_or_code
from xuanpin.pipelines.desk.kept import Kept
from xuanpin.pipelines.desk.page import page
from xuanpin.pipelines.desk.texts import language_of
from xuanpin.pipelines.looking_back.nights import recorded_night, seen_nights
from xuanpin.pipelines.looking_back.records import OF_LISTS, read_record
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.run_store.kept import kept_runs

Row = dict[str, Any]
REMEMBERED = 32
"""Comparisons and opened runs that are remembered."""
_comparisons = Kept[Comparison](REMEMBERED)
BOUNDS = ("sku_id", "return_rate_lower", "regret_rate_lower", "landmine_ceiling")
"""What the scorecard says of a listed SKU beside the list."""


@dataclass(frozen=True)
class EarlierRun:
    """A run that is kept: its `facts`, and what came of its list so far (`outcome`, a row of record_nights), or None
    where that is not known or readers see another run of its list date."""

    facts: RunFacts
    outcome: Row | None


@dataclass(frozen=True)
class OpenedRun:
    """One run as its page shows it: the `run` as in EarlierRun, its list in order (`listed`), how many `checks` it has
    and how many of them did not pass (`failed`), and what the run before it on the calendar is named (`previous`)."""

    run: EarlierRun
    listed: list[Row]
    checks: int
    failed: int
    previous: str | None


def tolerant_page(request: Request, template: str, **values: Any) -> HTMLResponse:
    """Render `template` for a `request` as `page` does, with `values`, over runs that another release may have written:
    a reason that is unknown here is shown by its code."""
    language = language_of(request)
    return page(request, template, sentence=lambda reason: sentence_or_code(reason, language), **values)


def kept_list(home: Home) -> list[EarlierRun]:
    """Return every run that the home keeps, in the order of `kept_runs`."""
    outcomes = _outcomes(home)
    return [_earlier(home, run, outcomes) for run in kept_runs(home)]


def opened_run(home: Home, run: run_store.CurrentRun) -> OpenedRun:
    """Return what the page of a `run` shows."""
    checks = _checks(home, run)
    before = [other.list_date for other in run_store.current_runs(home) if other.list_date < run.list_date]
    return OpenedRun(
        run=_earlier(home, run, _outcomes(home)),
        listed=_listed(home, run),
        checks=len(checks),
        failed=sum(result == "fail" for result in checks),
        previous=before[-1] if before else None,
    )


def compared(home: Home, before: run_store.CurrentRun, after: run_store.CurrentRun, agent_id: str | None) -> Comparison:
    """Return what two runs (`before`, `after`) differ in, with the matches of the agent `agent_id` where one is named.

    Raises UsageError for an agent whom neither knows.
    """
    return _comparisons.get((home, before, after, agent_id), lambda: compare(home, before, after, agent_id))


@lru_cache(maxsize=REMEMBERED)
def _listed(home: Home, run: run_store.CurrentRun) -> list[Row]:
    rows = run_store.read_table(home, run, "sku_list").sort_by("list_rank").to_pylist()
    scored = run_store.read_table(home, run, "sku_scorecard", BOUNDS, decision="listed").to_pylist()
    bounds = {row["sku_id"]: row for row in scored}
    return [dict.fromkeys(BOUNDS) | row | bounds.get(row["sku_id"], {}) for row in rows]


@lru_cache(maxsize=REMEMBERED)
def _checks(home: Home, run: run_store.CurrentRun) -> tuple[str, ...]:
    rows = run_store.read_table(home, run, "run_quality", ["table_name", "result"]).to_pylist()
    return tuple(row["result"] for row in rows if row["table_name"] != BRAKES)


def _earlier(home: Home, run: run_store.CurrentRun, outcomes: Mapping[str, Row]) -> EarlierRun:
    facts = run_facts(run, run_store.manifest(home, run))
    is_seen = run.state in run_store.CURRENT_STATES
    return EarlierRun(facts, outcomes.get(run.list_date) if is_seen else None)


def _outcomes(home: Home) -> dict[str, Row]:
    folder = recorded_night(home, seen_nights(home))
    rows = [] if folder is None else read_record(folder, OF_LISTS)
    return {str(row["list_date"]): row for row in rows}


@dataclass(frozen=True)
class DiffWords:
    """Says what a comparison holds in one `language`, for the page's tables."""

    language: Language

    def name(self, measure: str) -> str:
        """Return what a `measure` is called."""
        return words.said(f"measure_{measure}", self.language)

    def value(self, measure: str, value: float | None) -> str:
        """Write the `value` of a `measure`."""
        return words.measure(measure, value)

    def mean(self, measure: str, value: float) -> str:
        """Write the mean `value` of a `measure`."""
        return words.mean(measure, value)

    def code(self, code: str | None) -> str:
        """Return the short name of a decision `code`."""
        return words.code_label(code, self.language)

    def deciding(self, side: Mapping[str, Any] | None) -> str:
        """Return the sentence that decided on a SKU in one run (`side`)."""
        return words.deciding(side, self.language)

    def promise(self, facts: RunFacts) -> str:
        """Return what the run with these `facts` promises."""
        return words.promised(facts, self.language)

    def effects(self, found: Comparison) -> list[str]:
        """Return the lines on matches, checks and alarms that were `found`."""
        return list(words.effect_lines(found, self.language))

    def made(self, found: Comparison) -> list[str]:
        """Return the lines on settings and origins that were `found`."""
        return list(words.origin_lines(found, self.language))
