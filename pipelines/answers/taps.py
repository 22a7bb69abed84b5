"""Takes in what agents tap, many at once: whoever comes while another's answer is written is written with the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Condition

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import Answer, store_taps
from xuanpin.pipelines.answers.ground import Ground, published_ground
from xuanpin.pipelines.answers.heard import HeardAnswers
from xuanpin.pipelines.answers.spoken import Said, standing
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.run_store import sealing


@dataclass
class _Given:
    """One request: what it gives, and what came of it."""

    answers: Sequence[Answer]
    is_done: bool = False
    stored: list[Answer] = field(default_factory=list)
    refusal: UsageError | None = None


class Taps:
    """The answers that one process takes in for a `home`, at the time of a `clock`."""

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        self.home, self._clock = home, clock
        self._heard = HeardAnswers(home, clock().date())
        self._waiting: list[_Given] = []
        self._is_serving, self._changed = False, Condition()

    def give(self, answers: Sequence[Answer]) -> list[Answer]:
        """Store what one agent answers in one request, all or nothing; return what was new.

        Raises UsageError as `store_taps` does.
        """
        given = _Given(answers)
        with self._changed:
            self._waiting.append(given)
            self._changed.wait_for(lambda: given.is_done or not self._is_serving)
            batch = [] if given.is_done else self._begin()
        if batch:
            self._serve(batch, given)
        if given.refusal is not None:
            raise given.refusal
        return given.stored

    def ground(self) -> Ground:
        """Return what has been heard up to now, to be read."""
        return self._current_ground()

    def said_by(self, agent_id: str, list_date: date) -> Mapping[str, Said]:
        """Return the last word of `agent_id` on each SKU of a list date, as `ground` has heard it last."""
        said = standing(self._heard.spoken_by(agent_id, list_date))
        return {sku: words for (_, _, sku), words in said.items()}

    def _begin(self) -> list[_Given]:
        """Take all that waits, which nobody else serves then."""
        self._is_serving = True
        batch, self._waiting = self._waiting, []
        return batch

    def _serve(self, batch: Sequence[_Given], own: _Given) -> None:
        """Store a `batch` at once where it can be; else each by itself, in the order in which it came.

        What is not done when the disk fails goes back to its own requests, each of which tries again; the `own` one of
        whoever serves has failed then.
        """
        try:
            with sealing.lock_published(self.home):
                try:
                    self._store(batch)
                except UsageError:
                    for given in batch:
                        self._try(given)
        finally:
            with self._changed:
                self._waiting = [given for given in batch if not given.is_done and given is not own] + self._waiting
                self._is_serving = False
                self._changed.notify_all()

    def _try(self, given: _Given) -> None:
        try:
            self._store([given])
        except UsageError as refusal:
            given.refusal, given.is_done = refusal, True

    def _store(self, batch: Sequence[_Given]) -> None:
        stored = store_taps(self._current_ground(), [answer for given in batch for answer in given.answers])
        for given in batch:
            given.stored = [answer for answer in stored if answer in given.answers]
            given.is_done = True

    def _current_ground(self) -> Ground:
        now = self._clock()
        # Yesterday's list can still be read.
        self._heard.refresh(now.date() - timedelta(days=1))
        return published_ground(self.home, now, run_store.require_run(self.home), self._heard)
