"""Gathers what the desk shows of one agent: her card, what she has answered, and what is noted for her.

`agent_id` is hers, `sku_id` a SKU of a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import Answer, store_answers
from xuanpin.pipelines.answers.spoken import Said, standing, waiting
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.desk.agent_search import find_agents
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.explain import run_agent_facts
from xuanpin.pipelines.explained.lines import PublishedFacts
from xuanpin.pipelines.session import open_latest
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.words import clean_words

SHOWN_IDS = ("agent_id", "slots_asked", "matches_given", "shortfall_code")


@dataclass(frozen=True)
class AgentView:
    """Hold the `run` that is shown, her `facts` (as of agent_facts) and her `answers` to it by SKU."""

    run: run_store.CurrentRun
    facts: PublishedFacts
    answers: Mapping[str, Said]


def view_agent(home: Home, agent_id: str, list_date: date | None) -> AgentView:
    """Return what is shown of an agent on `list_date` (the latest list without one).

    Her answers are those in the files of the home. Raises UsageError for an agent without a summary.
    """
    run = run_store.latest_run(home, list_date)
    facts = run_agent_facts(home, run, agent_id)
    said = standing(waiting(home, {date.fromisoformat(run.list_date)}))
    hers = {sku_id: answer for (_, agent, sku_id), answer in said.items() if agent == facts["agent_id"]}
    return AgentView(run, facts, hers)


def search_agents(home: Home, text: str) -> list[PublishedFacts]:
    """Return the summaries of the agents whom `text` may mean on the latest list, the surest first."""
    run = run_store.latest_run(home)
    known = run_store.read_table(home, run, "agent_summary", ["agent_id"])["agent_id"].to_pylist()
    found = find_agents(text, known)
    if not found:
        return []
    rows = run_store.read_rows_among(home, run, "agent_summary", SHOWN_IDS, agent_id=found).to_pylist()
    return sorted(rows, key=lambda row: found.index(row["agent_id"]))


def note_answer(
    place: DeskPlace, list_date: date, agent_id: str, sku_id: str, answer: str, reason_code: str, comment: str
) -> bool:
    """Store what an agent has said of a SKU of `list_date`, as the sheet of answers would; False where she said so.

    `answer` and `reason_code` are codes of match_answers, the reason '' where none was given, `comment` what she adds.
    Raises UsageError as
    `store_answers` does, and HomeBusy while a night runs.
    """
    said = Answer(
        place=phrase("the answer"),
        list_date=list_date,
        agent_id=clean_name(agent_id),
        sku_id=clean_name(sku_id),
        answer=answer,
        reason_code=reason_code or None,
        comment=clean_words(comment) or None,
    )
    with place.deciding, open_latest(place.home, place.settings, place.clock()) as night:
        return bool(store_answers(night, [said]))
