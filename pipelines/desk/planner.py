"""Solves drafts for the people at the desk: one at a time, in the order in which they came, each once.

One at a time, because the solver's output is switched off for the whole process while it runs. A `draft` is of the list
of `list_date` (the latest without one), and `person` is the name of who asks. `read` returns the problem of a run
folder.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.planning.draft import Draft, known_skus
from xuanpin.pipelines.planning.frontier import Frontier, frontier_problem
from xuanpin.pipelines.planning.home import Origin, origin_of
from xuanpin.pipelines.planning.kept import KeptProblems
from xuanpin.pipelines.planning.plan import Plan, night_settings, plan_problem
from xuanpin.pipelines.planning.problem import Problem
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase

MOST_WAITING = 6
"""Drafts that are solved or wait at the same time; the last of them waits for half a minute at worst."""
MOST_ANSWERS = 64
"""Answers that are kept for whoever opens the same address again; one of 200 SKUs takes a tenth of a megabyte."""

Answer = TypeVar("Answer", Plan, Frontier)


class PlannerBusy(UsageError):
    """Too many drafts wait, or this person's last one is not answered yet."""


class Planner:
    """Answers what a draft would give; threads may share it."""

    def __init__(self, read: Callable[[Path], Problem] | None = None) -> None:
        """Know no run yet; `read` returns the problem of a run folder, and without it the last ones are kept."""
        self._read = read or KeptProblems().read
        self._answers: OrderedDict[str, Plan | Frontier] = OrderedDict()
        self.waiting: set[str] = set()
        """Who waits for an answer."""
        self._count, self._solving = Lock(), Lock()

    def plan(self, home: Home, list_date: date | None, draft: Draft, person: str) -> Plan:
        """Return the plan of a `draft` for the list of `list_date` (the latest without one), asked by `person`.

        Raises what planning raises, and PlannerBusy.
        """
        origin = origin_of(home, list_date)

        def solve() -> Plan:
            return plan_problem(self._read(origin.folder), draft, origin.shown, origin.recalled)

        return self._answer(_key("plan", origin, draft), person, solve)

    def frontier(self, home: Home, list_date: date | None, draft: Draft, person: str) -> Frontier:
        """Return the frontier of a `draft`, as `plan` returns its plan."""
        origin = origin_of(home, list_date)

        def solve() -> Frontier:
            return frontier_problem(self._read(origin.folder), draft, origin.recalled)

        return self._answer(_key("frontier", origin, draft), person, solve)

    def named(self, home: Home, list_date: date | None, draft: Draft) -> Draft:
        """Return the draft with its SKUs as the candidates are written; raises UsageError as known_skus does."""
        scores = self._read(origin_of(home, list_date).folder).tables["night.sku_scores"]
        return known_skus(draft, scores["sku_id"].to_pylist())

    def settings(self, home: Home, list_date: date | None) -> Settings:
        """Return the settings of the night that made the list of `list_date` (the latest without one)."""
        return night_settings(self._read(origin_of(home, list_date).folder).facts)

    def _answer(self, key: str, person: str, solve: Callable[[], Answer]) -> Answer:
        known = self._answers.get(key)
        if known is None:
            with self._in_turn(person), self._solving:
                known = self._answers.get(key) or solve()
                self._answers[key] = known
                while len(self._answers) > MOST_ANSWERS:
                    self._answers.popitem(last=False)
        return cast(Answer, known)

    @contextmanager
    def _in_turn(self, person: str) -> Iterator[None]:
        with self._count:
            if person in self.waiting or len(self.waiting) >= MOST_WAITING:
                raise PlannerBusy(phrase("a draft is being solved; load this page again in a few seconds"))
            self.waiting.add(person)
        try:
            yield
        finally:
            self.waiting.discard(person)


def _key(kind: str, origin: Origin, draft: Draft) -> str:
    asked = asdict(draft) | {"settings": None if draft.settings is None else draft.settings.model_dump(mode="json")}
    return json.dumps([kind, str(origin.folder), str(origin.shown), origin.recalled, asked], sort_keys=True)
