"""Emits the events of a night and its steps: builds each from what the warehouse holds and hands it to the sender."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from openlineage.client.event_v2 import RunEvent, RunState

from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.lineage.datasets import input_dataset, output_dataset
from xuanpin.pipelines.lineage.events import NightRun, night_event, step_event
from xuanpin.pipelines.lineage.facts import step_facts
from xuanpin.pipelines.lineage.observing import engine_of, inputs_of, outputs_of, seen_of, step_checks
from xuanpin.pipelines.lineage.sending import Sender, transport_of
from xuanpin.pipelines.steps import Step

log = logging.getLogger("xuanpin")
AIRFLOW_RUN = "AIRFLOW_CTX_DAG_RUN_ID"
"""Variable in which Airflow names the run of a DAG to its tasks, which are processes of their own."""


class Emitter:
    """Emits what the settings of a `request` ask for; `environment` holds the variables that settings name.

    Raises OSError, KeyError or ValueError where there is nowhere to send events.
    """

    def __init__(self, request: RunRequest, environment: Mapping[str, str]) -> None:
        settings = request.settings.lineage
        attempt = environment.get(AIRFLOW_RUN) or datetime.now(UTC).isoformat()
        self._night = NightRun(settings.namespace, request.as_of_date, attempt)
        self._environment = environment
        self._sender = Sender(transport_of(settings, environment), settings.timeout_seconds)
        self._has_failed = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Send within the block; what is not out at its end is waited for as long as the settings say."""
        try:
            yield
        finally:
            self._sender.close()

    @contextmanager
    def night(self) -> Iterator[None]:
        """Emit the events of the whole night that is done within the block."""
        self._emit(lambda: night_event(RunState.START, self._night))
        try:
            yield
        except BaseException as error:
            failure = error
            self._emit(lambda: night_event(RunState.FAIL, self._night, error=failure))
            raise
        self._emit(lambda: night_event(RunState.COMPLETE, self._night))

    @contextmanager
    def step(self, step: Step, night: Night) -> Iterator[None]:
        """Emit the events of a step that is done within the block."""
        run_id = self._night.step_id(step.name, datetime.now(UTC))
        self._emit(lambda: self._named(RunState.START, step, night, run_id))
        try:
            yield
        except BaseException as error:
            failure = error
            # What the warehouse holds may be half of what the step writes.
            self._emit(lambda: self._named(RunState.FAIL, step, night, run_id, failure))
            raise
        self._emit(lambda: self._done(step, night, run_id))

    def _named(
        self, state: RunState, step: Step, night: Night, run_id: str, error: BaseException | None = None
    ) -> RunEvent:
        """An event that names the tables of a step and says no more of them."""
        namespace = self._night.namespace
        inputs = [input_dataset(namespace, table) for table in inputs_of(step)]
        outputs = [output_dataset(namespace, table) for table in outputs_of(step)]
        return step_event(state, self._night, step, run_id, engine_of(night), inputs, outputs, error=error)

    def _done(self, step: Step, night: Night, run_id: str) -> RunEvent:
        namespace, checks = self._night.namespace, step_checks(step, night)
        seen = seen_of(step, night, self._environment)
        inputs = [
            input_dataset(namespace, table, seen[table], checks.get(table, ()))
            for table in inputs_of(step)
            if table in seen
        ]
        facts = step_facts(step.name)
        outputs = [
            output_dataset(namespace, table, seen[table], facts.get(table))
            for table in outputs_of(step)
            if table in seen
        ]
        return step_event(RunState.COMPLETE, self._night, step, run_id, engine_of(night), inputs, outputs)

    def _emit(self, build: Callable[[], RunEvent]) -> None:
        # A fault of ours in emitting is no reason to end a night.
        with suppress(Exception):
            self._sender.send(build())
            return
        if not self._has_failed:
            log.warning("lineage: an event could not be made; the night goes on without it")
        self._has_failed = True
