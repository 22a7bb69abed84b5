"""A night tells of itself by the standard, changes no byte for it, and says nothing of anybody."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.old_home import FIRST, GOLDEN, morning
from tests.support.openlineage_standard import faults
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night, RunRequest
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.lineage.observing import inputs_of, outputs_of
from xuanpin.pipelines.nightly import STEPS, run_night, run_step
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step
from xuanpin.pipelines.typed.phrase import phrase

pytestmark = pytest.mark.whole

LIST_DATE = FIRST + timedelta(days=1)
Event = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A home whose night told of itself, and what it told."""

    home: Home
    events: list[Event]
    text: str

    def of(self, job: str, state: str = "COMPLETE") -> Event:
        (own,) = [event for event in self.events if (event["job"]["name"], event["eventType"]) == (job, state)]
        return own


def request(home: Home, **lineage: object) -> RunRequest:
    return RunRequest(FIRST, home, GOLDEN, Settings.model_validate({"lineage": lineage}), morning(FIRST))


def read(path: Path) -> list[Event]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def told(golden_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The golden night, run again into its home with lineage to a file."""
    folder = tmp_path_factory.mktemp("told")
    home = Home(shutil.copytree(golden_home.root, folder / "home"))
    run_night(request(home, kind="file", path=folder / "events.jsonl", namespace="tests"))
    return Told(home, read(folder / "events.jsonl"), (folder / "events.jsonl").read_text(encoding="utf-8"))


def test_every_event_keeps_the_standard(told: Told) -> None:
    assert [fault for event in told.events for fault in faults(event)] == []


def test_the_night_and_each_step_begin_and_end_in_their_order(told: Told) -> None:
    steps = [(f"nightly.{step.name}", state) for step in STEPS for state in ("START", "COMPLETE")]
    found = [(event["job"]["name"], event["eventType"]) for event in told.events]
    assert found == [("nightly", "START"), *steps, ("nightly", "COMPLETE")]


def test_each_step_is_a_run_of_its_own_within_the_night(told: Told) -> None:
    night = told.of("nightly")["run"]["runId"]
    runs = [event["run"] for event in told.events if event["job"]["name"] != "nightly"]
    assert {run["facets"]["parent"]["run"]["runId"] for run in runs} == {night}
    assert len({run["runId"] for run in runs}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_names_what_it_reads_and_writes(told: Told, step: Step) -> None:
    begun, done = told.of(f"nightly.{step.name}", "START"), told.of(f"nightly.{step.name}")
    assert [own["name"] for own in begun["inputs"]] == inputs_of(step)
    assert [own["name"] for own in begun["outputs"]] == outputs_of(step)
    gone = {own["name"] for own in begun["outputs"]} - {own["name"] for own in done["outputs"]}
    assert not gone


def test_columns_rows_and_checks_are_told(told: Told) -> None:
    outputs = {own["name"]: own for own in told.of("nightly.select")["outputs"]}
    inputs = {own["name"]: own for own in told.of("nightly.check_sources")["inputs"]}
    rank = outputs["night.sku_list"]["facets"]["columnLineage"]["fields"]["title"]["inputFields"]
    assert [(own["name"], own["field"]) for own in rank] == [("night.sku_scores", "title")]
    listed = run_store.manifest(told.home, run_store.require_run(told.home))["row_counts"]["sku_list"]
    assert outputs["night.sku_list"]["outputFacets"]["outputStatistics"]["rowCount"] == listed
    assert outputs["night.selection_decisions"]["facets"]["schema"]["fields"][0]["name"] == "sku_id"
    checks = inputs["source.orders"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert {check["success"] for check in checks} <= {True, False}
    assert {check["name"].partition(".")[0] for check in checks} == {"orders"}


@pytest.mark.parametrize("step", ["calibrate", "experiment"])
def test_a_step_tells_of_a_table_of_two_only_what_it_does_itself(told: Told, step: str) -> None:
    done = told.of(f"nightly.{step}")
    (alarms,) = [own for own in done["outputs"] if own["name"] == "night.alarms"]
    fields = alarms["facets"]["columnLineage"]["fields"]
    origins = {origin["name"] for made in fields.values() for origin in made["inputFields"]}
    assert origins
    assert origins <= {own["name"] for own in (*done["inputs"], *done["outputs"])}


def test_what_no_decision_may_read_is_marked(told: Told) -> None:
    (products,) = [own for own in told.of("nightly.ingest")["outputs"] if own["name"] == "source.products"]
    tags = products["facets"]["tags"]["tags"]
    assert [(tag["key"], tag["field"]) for tag in tags] == [("audit_only", "commission_rate")]


def test_what_is_published_has_its_run_and_its_place(told: Told) -> None:
    run = run_store.require_run(told.home)
    (listed,) = [own for own in told.of("nightly.publish")["outputs"] if own["name"] == "published.sku_list"]
    assert listed["facets"]["version"]["datasetVersion"] == run.run_id
    assert listed["facets"]["symlinks"]["identifiers"][0]["name"].endswith("published.duckdb#sku_list")


def test_a_run_that_waits_for_people_is_not_told_as_published(told: Told, tmp_path: Path) -> None:
    home = Home(shutil.copytree(told.home.root, tmp_path / "home"))
    shutil.rmtree(home.list_dir(LIST_DATE))
    (home.published / "current.json").unlink()
    settings = {"lineage": {"kind": "file", "path": tmp_path / "events"}, "review": {"mode": "required"}}
    asked = RunRequest(FIRST, home, GOLDEN, Settings.model_validate(settings), morning(FIRST))
    run_night(asked, steps=[step for step in STEPS if step.name in ("write", "publish")])
    assert run_store.pending_run(home, LIST_DATE) is not None
    done = {event["job"]["name"]: event for event in read(tmp_path / "events") if event["eventType"] == "COMPLETE"}
    written = {own["name"].partition(".")[0] for own in done["nightly.write"]["outputs"]}
    assert "run" in written
    assert done["nightly.publish"]["outputs"] == []
    assert {own["name"].partition(".")[0] for own in done["nightly.publish"]["inputs"]} == {"run"}


def test_not_a_byte_of_the_night_is_another_for_it(
    told: Told, golden_home: Home, fingerprint: Callable[..., dict[str, str]]
) -> None:
    assert fingerprint(told.home, LIST_DATE) == fingerprint(golden_home, LIST_DATE)


def test_no_value_of_a_row_is_told(told: Told) -> None:
    """Neither an id of anybody nor a word of the chat is in an event."""
    chat = (GOLDEN / "chat_messages").glob("*")
    said = {cell for path in chat for line in path.read_text(encoding="utf-8").splitlines() for cell in line.split(",")}
    words = {cell for cell in said if len(cell) >= 6 and re.search("[一-鿿]", cell)}
    assert words
    assert [cell for cell in words if cell in told.text] == []
    assert re.findall(r'"(?:C1\d\d|A[123]|G[123]|S[1-8])"', told.text) == []


def broken(night: Night) -> tuple[int, int]:
    """Refuse, in words that hold what nobody may hear."""
    raise OutputCheckFailed(phrase("{text}", text="客户 C108 写道：收纳箱裂了"))


def test_a_step_that_fails_says_so_and_not_why(told: Told, tmp_path: Path) -> None:
    step = Step("broken", f"{__name__}:broken", ("night.sku_list",), ("night.sku_scores",))
    with pytest.raises(OutputCheckFailed):
        run_night(request(told.home, kind="file", path=tmp_path / "events"), steps=[step])
    begun, failed = read(tmp_path / "events")
    assert (begun["eventType"], failed["eventType"]) == ("START", "FAIL")
    assert begun["run"]["runId"] == failed["run"]["runId"]
    assert failed["run"]["facets"]["errorMessage"]["message"].startswith("OutputCheckFailed;")
    assert "C108" not in (tmp_path / "events").read_text(encoding="utf-8")
    assert faults(failed) == []


def quiet(night: Night) -> tuple[int, int]:
    """Do nothing."""
    return 0, 0


@pytest.fixture
def one_step(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    step = Step("quiet", f"{__name__}:quiet", ("night.sku_list",), ())
    monkeypatch.setattr("xuanpin.pipelines.nightly.STEPS", (step,))
    yield "quiet"


def test_tasks_of_one_run_in_airflow_belong_to_one_night(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_step: str
) -> None:
    for run in ("scheduled__1", "scheduled__1", "manual__2"):
        monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", run)
        run_step(one_step, request(told.home, kind="file", path=tmp_path / "events"))
    done = [event["run"] for event in read(tmp_path / "events") if event["eventType"] == "COMPLETE"]
    first, second, other = (run["facets"]["parent"]["run"]["runId"] for run in done)
    assert first == second != other
    assert len({run["runId"] for run in done}) == 3


@pytest.mark.parametrize(
    "lineage",
    [
        {"kind": "http", "address": "http://127.0.0.1:9/api/v1/lineage", "timeout_seconds": 0.5},
        {"kind": "http", "address": "http://127.0.0.1:9/", "token_variable": "NOT_SET"},
        {"kind": "file", "path": "/proc/none/events"},
    ],
)
def test_a_night_that_cannot_tell_goes_on(
    told: Told, lineage: dict[str, object], one_step: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert run_step(one_step, request(told.home, **lineage)) == (0, 0)
    assert [message for message in caplog.messages if message.startswith("lineage: ")] == caplog.messages
    assert len(caplog.messages) == 1


def test_without_the_extra_the_log_says_so(
    told: Told, tmp_path: Path, one_step: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xuanpin.pipelines.lineage.emitter", None)
    run_step(one_step, request(told.home, kind="file", path=tmp_path / "events"))
    assert caplog.messages[0] == "lineage: the extra `lineage` is not installed; no events are sent"
