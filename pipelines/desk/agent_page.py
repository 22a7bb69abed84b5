"""What an agent's page shows: her matches and alternates, what she has answered, what she proposes, her record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import choices
from xuanpin.pipelines.answers.spoken import Said
from xuanpin.pipelines.answers.stock import units_left
from xuanpin.pipelines.answers.taps import Taps
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explain import run_agent_facts
from xuanpin.pipelines.reporting.card import card_content
from xuanpin.pipelines.typed.names import folded
from xuanpin.pipelines.typed.words import clean_words

Facts = dict[str, Any]
SHOWN_SKUS = 8
"""SKUs that a search shows; who wants another one types more of its name."""
LONGEST_QUERY = 60
"""Characters of a search; a title has hardly more."""


def agent_page(taps: Taps, agent_id: str, language: Language, query: str) -> Facts | None:
    """Return what the page of `agent_id` shows in `language`; None where the current list has nothing for her.

    `taps` know what was said so far; `query` is what she types to find a SKU that she proposes.
    """
    home, run = taps.home, run_store.current_run(taps.home)
    facts = None if run is None else _facts(home, run, agent_id)
    if run is None or facts is None:
        return None
    ground = taps.ground()
    day = date.fromisoformat(run.list_date)
    said = taps.said_by(agent_id, day)
    left = units_left(ground, run, [row["sku_id"] for row in facts["alternates"]])
    card = card_content(facts, language)
    return {
        **{name: card[name] for name in ("title", "date", "record_head", "record", "risk", "few", "picks", "close")},
        "list_date": run.list_date,
        "is_open": is_open(day, ground.now),
        "matches": [_told(row, said) | {"risk": facts["risks"][row["sku_id"]]} for row in card["skus"]],
        "swaps": [_told(row, said) | {"left": left[row["sku_id"]]} for row in card["swaps"]],
        "reasons": choices("reason_code"),
        "query": _typed(query),
        "found": _found(home, run, query),
        "proposed": _proposed(home, run, taps.said_by(agent_id, proposed_for(ground.now))),
    }


@lru_cache(maxsize=1_000)
def _facts(home: Home, run: run_store.CurrentRun, agent_id: str) -> Facts | None:
    """Return what is published of an agent, kept for the minutes in which she taps; None where nothing is.

    `risks` has the probability that each of her SKUs is a landmine.
    """
    try:
        facts = run_agent_facts(home, run, agent_id)
    except UsageError:
        return None
    offered = [row["sku_id"] for part in ("matches", "alternates") for row in facts[part]]
    rows = run_store.read_rows_among(home, run, "sku_list", ["sku_id", "landmine_probability"], sku_id=offered)
    return facts | {"risks": {row["sku_id"]: f"{row['landmine_probability']:.1%}" for row in rows.to_pylist()}}


def is_open(list_date: date, now: datetime) -> bool:
    """Whether agents may still answer to the list of `list_date` at the time `now`, up to its end in Beijing."""
    today = now.astimezone(BEIJING).date()
    return today <= list_date <= today + timedelta(days=1)


def proposed_for(now: datetime) -> date:
    """Return the list date for which a SKU that is proposed at the time `now` may still be chosen: tomorrow."""
    return now.astimezone(BEIJING).date() + timedelta(days=1)


def _told(row: Facts, said: Mapping[str, Said]) -> Facts:
    answer, reason, _ = said.get(row["sku_id"], (None, None, None))
    return row | {"answer": answer, "reason": reason}


def _proposed(home: Home, run: run_store.CurrentRun, said: Mapping[str, Said]) -> list[str]:
    """Return the titles of what an agent proposes for tomorrow, of which this is `said`."""
    picks = sorted(sku for sku, words in said.items() if words[0] == "own_pick")
    titles = {row["sku_id"]: row["title"] for row in _catalogue(home, run)} if picks else {}
    return [titles.get(sku, sku) for sku in picks]


def _found(home: Home, run: run_store.CurrentRun, query: str) -> list[Facts]:
    """Return SKUs whose id or title holds every word of a `query`, one of that very id first."""
    words = [folded(word) for word in _typed(query).split()]
    if not words:
        return []
    hits = [row for row in _catalogue(home, run) if all(word in row["folded"] for word in words)]
    return sorted(hits, key=lambda row: (folded(row["sku_id"]) != words[0], row["sku_id"]))[:SHOWN_SKUS]


def _typed(query: str) -> str:
    return clean_words(query[:LONGEST_QUERY])


@lru_cache(maxsize=4)
def _catalogue(home: Home, run: run_store.CurrentRun) -> tuple[Facts, ...]:
    rows = run_store.read_table(home, run, "sku_scorecard", ["sku_id", "title", "list_price"]).to_pylist()
    return tuple(row | {"folded": folded(f"{row['sku_id']} {row['title']}")} for row in rows)
