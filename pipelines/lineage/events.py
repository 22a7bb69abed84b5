"""Builds the events of a step and of a night with the standard's own classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    documentation_job,
    error_message_run,
    job_type_job,
    nominal_time_run,
    parent_run,
    processing_engine_run,
)
from openlineage.client.uuid import generate_static_uuid

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.lineage.producer import PRODUCER, VERSION
from xuanpin.pipelines.run_store.journal import Change
from xuanpin.pipelines.steps import Step

NIGHT = "nightly"


@dataclass(frozen=True)
class NightRun:
    """One run of a night in events: of which deployment (`namespace`), for which `as_of_date`, and which of several
    runs for that date (`attempt`)."""

    namespace: str
    as_of_date: date
    attempt: str

    @property
    def run_id(self) -> str:
        """The id of the run: the same in every process that does a part of it."""
        return str(
            generate_static_uuid(_midnight(self.as_of_date, 1), f"{self.namespace} {NIGHT} {self.attempt}".encode())
        )

    def step_id(self, step: str, started: datetime) -> str:
        """Return the id of one run of a `step` that `started` then: another for each try."""
        return str(generate_static_uuid(started, f"{self.run_id} {step}".encode()))


@dataclass(frozen=True)
class Engine:
    """What does the work: its `name` and `version`."""

    name: str
    version: str


def night_event(state: RunState, night: NightRun, *, error: BaseException | None = None) -> RunEvent:
    """Tell that a whole night has begun or ended; `error` is what ended it."""
    job = Job(night.namespace, NIGHT, {"jobType": _job_type("DAG")})
    return _event(state, Run(night.run_id, _run_facets(night, error)), job, [], [])


def step_event(
    state: RunState,
    night: NightRun,
    step: Step,
    run_id: str,
    engine: Engine,
    inputs: list[InputDataset],
    outputs: list[OutputDataset],
    *,
    error: BaseException | None = None,
) -> RunEvent:
    """Tell that a `step` of a night has begun or ended, as the run `run_id`, with what it reads and writes.

    `engine` does the work; `error` is what ended the step, None where nothing did.
    """
    parent = parent_run.ParentRunFacet(
        parent_run.Run(night.run_id), parent_run.Job(night.namespace, NIGHT), producer=PRODUCER
    )
    worker = processing_engine_run.ProcessingEngineRunFacet(engine.version, engine.name, VERSION, producer=PRODUCER)
    facets = _run_facets(night, error) | {"parent": parent, "processing_engine": worker}
    job: dict[str, JobFacet] = {"jobType": _job_type("TASK")}
    if step.files:
        job["documentation"] = documentation_job.DocumentationJobFacet(description=step.files, producer=PRODUCER)
    return _event(state, Run(run_id, facets), Job(night.namespace, f"{NIGHT}.{step.name}", job), inputs, outputs)


def publication_event(
    namespace: str, change: Change, inputs: list[InputDataset], outputs: list[OutputDataset]
) -> RunEvent:
    """Tell of an entry of the journal (`change`) as a run that is done, of the deployment called `namespace`.

    `inputs` are what it was made of, `outputs` what readers see from then on.
    """
    noted = datetime.fromisoformat(change.noted_at)
    run_id = generate_static_uuid(noted, f"{namespace} {change.number} {change.kind} {change.run.run_id}".encode())
    night = NightRun(namespace, date.fromisoformat(change.run.as_of_date), change.run.run_id)
    job = Job(namespace, f"publications.{change.kind}", {"jobType": _job_type("TASK")})
    run = Run(str(run_id), _run_facets(night, None))
    return _event(RunState.COMPLETE, run, job, inputs, outputs, noted)


def _event(
    state: RunState,
    run: Run,
    job: Job,
    inputs: list[InputDataset],
    outputs: list[OutputDataset],
    at: datetime | None = None,
) -> RunEvent:
    now = (at or datetime.now(UTC)).isoformat()
    return RunEvent(eventType=state, eventTime=now, producer=PRODUCER, run=run, job=job, inputs=inputs, outputs=outputs)


def _run_facets(night: NightRun, error: BaseException | None) -> dict[str, RunFacet]:
    begun, ended = _midnight(night.as_of_date, 0).isoformat(), _midnight(night.as_of_date, 1).isoformat()
    facets: dict[str, RunFacet] = {"nominalTime": nominal_time_run.NominalTimeRunFacet(begun, ended, producer=PRODUCER)}
    if error is not None:
        # What an error says may quote rows or addresses; its class alone does not.
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            f"{type(error).__name__}; the log of the home says what is wrong", "PYTHON", producer=PRODUCER
        )
    return facets


def _job_type(kind: str) -> JobFacet:
    return job_type_job.JobTypeJobFacet("BATCH", "XUANPIN", kind, producer=PRODUCER)


def _midnight(day: date, later: int) -> datetime:
    return datetime.combine(day + timedelta(days=later), time(), BEIJING)
