"""The scheduler takes the same path as the command line: same steps, same order, same published bytes."""

import importlib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import EntryPoint
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import Platform
from tests.support import tiny_runs, told_channels
from tests.support.desk import ADDRESS, desk_place, person, token
from tests.support.platform_rows import LAST_DAY
from tests.support.robot import robot
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.engine.cluster import TOKEN
from xuanpin.pipelines.errors import DayRefused, HomeBusy, InputRefused, OutputCheckFailed, SourceLate
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.overrides import latest_overrides
from xuanpin.pipelines.republishing.reviews import reject
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.engine import EngineSettings
from xuanpin.pipelines.settings.running import ReviewSettings
from xuanpin.pipelines.typed.phrase import as_is

DAGS = Path(__file__).resolve().parents[2] / "dags"
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
LIST_DATE = LAST_DAY + timedelta(days=1)
NAMES = [step.name for step in STEPS]
INGEST = ["xuanpin_ingest_reference", "xuanpin_ingest_orders", "xuanpin_ingest_returns", "xuanpin_ingest_chat"]
OTHERS = ("nightly", "deadline", "deliver", "learning", "override")
DELIVERING = {"deliver", "deliver_decision"}
REQUIRED = '[review]\nmode = "required"\n'


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An Airflow with a database of its own; yields the function that loads our DAGs under some settings."""
    home = tmp_path_factory.mktemp("airflow")
    ours = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ours.items():
            patch.setenv(name, value)
        from airflow.utils.db import initdb

        initdb()
        from airflow.dag_processing.dagbag import DagBag

        def load(settings: str = "") -> DagBag:
            config = home / "xuanpin.toml"
            config.write_text(settings, encoding="utf-8")
            patch.setenv("XUANPIN_CONFIG", str(config))
            return DagBag(str(DAGS))

        yield load


@pytest.fixture
def deployed(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own for the DAGs, on the drops of the tiny platform."""
    monkeypatch.setenv("XUANPIN_HOME", str(tmp_path / "scheduled"))
    monkeypatch.setenv("XUANPIN_SOURCES", str(platform.sources))
    return Home(tmp_path / "scheduled")


@pytest.fixture
def sent_notices(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The notices that are sent, each as subject and text."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "xuanpin.dags.notifications.notify", lambda home, settings, kind, notice, environment: sent.append(notice)
    )
    return sent


def run(dags: Any, name: str, day: date = LAST_DAY, done: Sequence[str] = ()) -> Any:
    """Run one DAG for a day in this process, some of its tasks taken as done; returns the run."""
    dag = dags.dags[name]
    dag.deadline = None  # the library's test run does not clear away a deadline that it did not miss
    pattern = re.compile(f"^({'|'.join(done)})$") if done else None
    return dag.test(run_conf={"as_of_date": day.isoformat()}, mark_success_pattern=pattern)


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def answer(monkeypatch: pytest.MonkeyPatch, chosen: str, by: str | None, reason: str | None = None) -> None:
    """Let the review be answered at once, as the API would answer it; a run in one process cannot wait."""
    from airflow.providers.standard.operators.hitl import HITLOperator
    from airflow.sdk.timezone import utcnow

    def answered(operator: Any, context: Any) -> Any:
        event = {
            "chosen_options": [chosen],
            "params_input": {"reason": reason},
            "responded_at": utcnow(),
            "responded_by_user": {"id": by, "name": by} if by else None,
        }
        return operator.execute_complete(context, event)

    monkeypatch.setattr(HITLOperator, "execute", answered)


@pytest.mark.parametrize("settings", ["", REQUIRED])
def test_the_dags_load_and_serialise(airflow: Callable[..., Any], settings: str) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    loaded = airflow(settings)
    assert loaded.import_errors == {}
    assert set(loaded.dags) == {*INGEST, *(f"xuanpin_{name}" for name in OTHERS)}
    for dag in loaded.dags.values():
        again = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        assert again.task_ids == dag.task_ids


def test_the_tasks_are_the_steps_of_the_night_in_order(airflow: Callable[..., Any]) -> None:
    dag = airflow().dags["xuanpin_nightly"]
    people = {"show_list", "review", "record_decision"}
    around = {"say_what_is_missing", "send_night_notices", "keep_last_list", "show_outcome", *people, *DELIVERING}
    assert set(dag.task_ids) == {*NAMES, *around}
    for before, after in pairwise(NAMES):
        assert dag.get_task(before).downstream_task_ids - around == {after}
    assert dag.get_task("keep_last_list").upstream_task_ids == set(NAMES)
    assert dag.get_task("keep_last_list").trigger_rule == "one_failed"
    assert dag.get_task("show_outcome").upstream_task_ids == {"record_decision"}
    assert dag.get_task("show_outcome").trigger_rule == "none_failed"
    for name in ("send_night_notices", "show_list"):
        assert dag.get_task(name).upstream_task_ids == {"publish"}
    assert dag.get_task("deliver").upstream_task_ids == {"publish", "keep_last_list"}
    assert dag.get_task("deliver_decision").upstream_task_ids == {"record_decision"}
    for name in DELIVERING:
        task = dag.get_task(name)
        assert task.is_teardown and not task.on_failure_fail_dagrun and not task.downstream_task_ids
        assert [outlet.name for outlet in task.outlets] == ["xuanpin_published"]


@pytest.mark.parametrize("settings", ["", REQUIRED])
def test_people_are_asked_after_all_steps_about_a_list_that_waits(airflow: Callable[..., Any], settings: str) -> None:
    dag = airflow(settings).dags["xuanpin_nightly"]
    asked = ["publish", "show_list", "review", "record_decision", "show_outcome"]
    for before, after in pairwise(asked):
        assert after in dag.get_task(before).downstream_task_ids
    review = dag.get_task("review")
    assert (review.options, review.defaults, review.retries) == (["Approve", "Reject"], ["Reject"], 0)
    assert review.response_timeout == timedelta(minutes=270)
    assert review.execution_timeout is None


def test_a_source_that_is_in_updates_its_asset_and_the_night_waits_for_all(airflow: Callable[..., Any]) -> None:
    loaded = airflow()
    given = {outlet.name for name in INGEST for task in loaded.dags[name].tasks for outlet in task.outlets}
    every, deadline = loaded.dags["xuanpin_nightly"].timetable.asset_condition.objects
    assert {asset.name for asset in every.objects} == given
    assert deadline.name == "xuanpin_deadline"
    assert [outlet.name for outlet in loaded.dags["xuanpin_deadline"].tasks[0].outlets] == ["xuanpin_deadline"]


def test_one_task_writes_at_a_time_and_none_for_ever(airflow: Callable[..., Any]) -> None:
    for dag in airflow(REQUIRED).dags.values():
        for task in dag.tasks:
            if task.task_id not in ("call_for_the_night", "review", *DELIVERING):
                assert task.pool == "xuanpin_writer"
                assert task.execution_timeout == timedelta(hours=1)
                assert task.on_failure_callback


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (HomeBusy(as_is("")), "retry"),
        (SourceLate(as_is("")), "retry"),
        (OSError("disk full"), "retry"),
        (InputRefused(as_is("")), "fail"),
        (OutputCheckFailed(as_is("")), "fail"),
        (ValueError("a bug"), "fail"),
    ],
)
def test_only_what_time_may_heal_is_tried_again(airflow: Callable[..., Any], error: Any, action: str) -> None:
    task = airflow().dags["xuanpin_ingest_orders"].tasks[0]
    decided = task.retry_policy.evaluate(error, 1, task.retries)
    assert decided.action.value == action
    assert task.retries * 10 == 240
    if isinstance(error, SourceLate):
        assert decided.retry_delay == timedelta(minutes=10)


def test_two_nights_in_airflow_equal_two_on_the_command_line(
    airflow: Callable[..., Any],
    first_night: Home,
    platform: Platform,
    deployed: Home,
    sent_notices: list[tuple[str, str]],
    fingerprint: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    """The second of them is for a day of which no source has come."""
    shutil.copytree(first_night.root, tmp_path / "by_hand")
    by_hand = platform.night(tmp_path / "by_hand", LIST_DATE)
    loaded = airflow(f'[lineage]\nkind = "file"\npath = "{tmp_path / "events"}"\n')
    for name in INGEST:
        assert str(run(loaded, name).state) == "success"
    for day in (LAST_DAY, LIST_DATE):
        ended = run(loaded, "xuanpin_nightly", day)
        assert str(ended.state) == "success"
        assert states(ended)["keep_last_list"] == "skipped"
        assert fingerprint(deployed, day + timedelta(days=1)) == fingerprint(by_hand, day + timedelta(days=1))
    assert [subject for subject, _ in sent_notices] == ["Xuanpin: the night of 2026-11-22 runs without a source"]
    assert sent_notices[0][1].startswith("no rows of 2026-11-22 have come of inventory (newest: 2026-11-21), orders")
    assert told_by_night(tmp_path / "events") == [NAMES, NAMES]


def told_by_night(events: Path) -> list[list[str]]:
    """The steps that each run of a whole night told of, by the run that their events name as their parent."""
    nights: dict[str, list[str]] = {}
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["eventType"] == "COMPLETE":
            parent = event["run"]["facets"]["parent"]["run"]["runId"]
            nights.setdefault(parent, []).append(event["job"]["name"].removeprefix("nightly."))
    return [steps for steps in nights.values() if "publish" in steps]


def test_a_failed_step_keeps_the_last_list(
    airflow: Callable[..., Any],
    published: Home,
    platform: Platform,
    deployed: Home,
    sent_notices: list[tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(published.root, deployed.root)
    sources = tmp_path / "sources"
    shutil.copytree(platform.sources, sources)
    (sources / "orders" / "broken.parquet").write_bytes(b"PAR1")
    monkeypatch.setenv("XUANPIN_SOURCES", str(sources))
    ended = run(airflow(), "xuanpin_nightly", LIST_DATE)
    assert [subject for subject, _ in sent_notices] == ["Xuanpin: xuanpin_nightly.ingest failed"]
    assert "file orders/broken.parquet" in sent_notices[0][1]
    found = states(ended)
    assert str(ended.state) == "failed"
    assert (found["ingest"], found["load_history"], found["keep_last_list"]) == ("failed", "upstream_failed", "success")
    current = run_store.require_run(deployed, LIST_DATE + timedelta(days=1))
    assert current.state == "fallback"
    assert run_store.manifest(deployed, current)["reason"].startswith("step ingest of the night failed")


@pytest.fixture(scope="module")
def waiting(published: Home, platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the list of LIST_DATE waits for approval; tests copy it."""
    root = tmp_path_factory.mktemp("waiting") / "home"
    shutil.copytree(published.root, root)
    shutil.rmtree(root / "published" / f"list_date={LIST_DATE}")
    run_night(RunRequest(LAST_DAY, Home(root), platform.sources, Settings(review=ReviewSettings(mode="required")), NOW))
    return Home(root)


@pytest.mark.parametrize(
    ("chosen", "by", "state"),
    [("Approve", "mei", "approved"), ("Reject", "mei", "fallback"), ("Reject", None, "fallback")],
)
def test_the_answer_decides_what_readers_see(
    airflow: Callable[..., Any],
    waiting: Home,
    deployed: Home,
    monkeypatch: pytest.MonkeyPatch,
    chosen: str,
    by: str | None,
    state: str,
) -> None:
    shutil.copytree(waiting.root, deployed.root)
    answer(monkeypatch, chosen, by, "too many dresses")
    ended = run(airflow(REQUIRED), "xuanpin_nightly", done=NAMES)
    assert str(ended.state) == "success"
    current = run_store.require_run(deployed, LIST_DATE)
    assert current.state == state
    assert (
        run_store.manifest(deployed, current)["reason"]
        == {
            "approved": "too many dresses",
            "fallback": "rejected: too many dresses" if by else "nobody answered before the cut-off",
        }[state]
    )


def test_the_first_decision_stands(
    airflow: Callable[..., Any], waiting: Home, deployed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is rejected on the command line while the page in Airflow still waits for its answer."""
    shutil.copytree(waiting.root, deployed.root)
    run_request = RunRequest(LAST_DAY, deployed, None, Settings(), NOW)

    def answered_late(operator: Any, context: Any) -> dict[Any, Any]:
        reject(run_request, "lin", "too dear")
        return {"chosen_options": ["Approve"], "params_input": {}, "responded_by_user": {"id": "mei", "name": "mei"}}

    monkeypatch.setattr("airflow.providers.standard.operators.hitl.HITLOperator.execute", answered_late)
    ended = run(airflow(REQUIRED), "xuanpin_nightly", done=NAMES)
    assert states(ended)["record_decision"] == "failed"
    assert run_store.require_run(deployed, LIST_DATE).state == "fallback"


@pytest.mark.parametrize("settings", ["", REQUIRED])
def test_nobody_is_asked_about_a_list_that_is_decided(
    airflow: Callable[..., Any], published: Home, deployed: Home, settings: str
) -> None:
    shutil.copytree(published.root, deployed.root)
    found = states(run(airflow(settings), "xuanpin_nightly", done=NAMES))
    assert (found["show_list"], found["review"], found["record_decision"]) == ("skipped",) * 3
    assert found["show_outcome"] == "success"


def test_the_night_is_called_for_again_only_by_hand(
    airflow: Callable[..., Any], published: Home, deployed: Home
) -> None:
    shutil.copytree(published.root, deployed.root)
    ended = run(airflow(), "xuanpin_deadline")
    assert states(ended) == {"call_for_the_night": "success"}


def test_the_deadline_leaves_a_night_that_has_run_alone(
    airflow: Callable[..., Any], published: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    call = airflow().dags["xuanpin_deadline"].get_task("call_for_the_night").python_callable
    scheduled = SimpleNamespace(partition_key=LAST_DAY.isoformat(), run_type="scheduled")
    for place in (call.__globals__, vars(importlib.import_module("xuanpin.dags.tasks"))):
        monkeypatch.setitem(place, "get_current_context", lambda: {"dag_run": scheduled, "params": {}})
    monkeypatch.setenv("XUANPIN_HOME", str(published.root))
    with pytest.raises(AirflowSkipException, match="a run for list date 2026-11-22 stands already"):
        call()
    scheduled.partition_key = LIST_DATE.isoformat()
    assert call() is None


def test_a_late_list_is_told_of(sent_notices: list[tuple[str, str]]) -> None:
    from xuanpin.dags.notifications import report_delay

    report_delay({"dag_run": {"dag_run_id": "asset__1", "dag_id": "xuanpin_nightly"}, "deadline": {}})
    assert sent_notices == [
        ("Xuanpin: tomorrow's list is late", "run asset__1 of xuanpin_nightly has not finished in time"),
    ]


def asset_events() -> list[dict[str, Any]]:
    """What the events of the asset of published lists hold, oldest first."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    ours = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
    with create_session() as session:
        found = session.scalars(ours.where(AssetModel.name == "xuanpin_published").order_by(AssetEvent.id))
        return [dict(event.extra) for event in found]


def test_an_asset_tells_each_list_once_whoever_published_it(
    airflow: Callable[..., Any], deployed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, before = airflow(CHANNEL), len(asset_events())
    with robot() as system:
        monkeypatch.setenv("ROBOT", system.address)
        assert states(run(loaded, "xuanpin_deliver")) == {"deliver": "skipped"}
        told_channels.publish(deployed, 0)
        assert states(run(loaded, "xuanpin_deliver")) == {"deliver": "success"}
        told_channels.publish(deployed, 1)
        told_channels.publish(deployed, 1, "recalled")
        for state in ("success", "skipped"):
            assert states(run(loaded, "xuanpin_deliver")) == {"deliver": state}
    told = asset_events()[before:]
    for extra in told:
        jsonschema.validate(extra, json.loads((DAGS.parent / "docs" / "message.schema.json").read_text()))
    assert [[event["kind"] for event in extra["events"]] for extra in told] == [
        ["published"],
        ["published", "recalled"],
    ]
    assert told_channels.days(system) == [[0], [1], [1]]


def test_a_night_delivers_what_it_published_and_does_not_fail_where_it_cannot(
    airflow: Callable[..., Any], published: Home, deployed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(published.root, deployed.root)
    before = len(asset_events())
    ended = run(airflow(), "xuanpin_nightly", done=NAMES)
    assert states(ended)["deliver"] == "success"
    assert [event["kind"] for event in asset_events()[before]["events"]] == ["published"]

    def broken(*given: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("xuanpin.pipelines.delivery.deliver", broken)
    ended = run(airflow(), "xuanpin_nightly", done=NAMES)
    assert {states(ended)[name] for name in DELIVERING} <= {"failed", "up_for_retry"}
    assert str(ended.state) == "success"


def fill_in(dags: Any, **fields: Any) -> Any:
    """Fill the form of pins and bans in and send it."""
    dag = dags.dags["xuanpin_override"]
    return dag.test(run_conf={"sku_id": "", "action": "ban", "reason": "群里投诉集中", **fields})


def test_a_form_takes_a_ban_in(airflow: Callable[..., Any], published: Home, deployed: Home) -> None:
    shutil.copytree(published.root, deployed.root)
    sku = run_store.read_table(deployed, run_store.require_run(deployed), "sku_list")["sku_id"][0].as_py()
    assert str(fill_in(airflow(), sku_id=sku, ends_on="2099-12-31").state) == "success"
    with open_night(RunRequest(LAST_DAY, deployed, None, Settings(), NOW)) as night:
        (ban,) = (override for override in latest_overrides(night) if override.author == "dag_test")
    assert (ban.sku_id, ban.action, ban.ends_on) == (sku, "ban", date(2099, 12, 31))


def test_a_form_with_an_unknown_good_is_refused(
    airflow: Callable[..., Any], published: Home, deployed: Home, sent_notices: list[tuple[str, str]]
) -> None:
    shutil.copytree(published.root, deployed.root)
    assert str(fill_in(airflow(), sku_id="S-nowhere").state) == "failed"
    assert not list(deployed.overrides.glob("*"))
    assert "the form (S-nowhere): unknown SKU" in sent_notices[0][1]


CHANNEL = '[notify.channels.ops]\nkind = "json"\naddress_variable = "ROBOT"\n'
CLUSTER = (
    '[engine]\nkind = "spark"\nlake = "/lake"\nconnection = "xuanpin_spark"\naddress = "sc://for-the-command-line"\n'
)


def test_a_connection_names_the_cluster_and_its_token_is_nowhere_else(
    airflow: Callable[..., Any],
    deployed: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = list[tuple[str, str | None]]()

    def placed(driver: Any, warehouse: Path, *, address: str, lake: str, driver_rows: int) -> Any:
        asked.append((address, os.environ.get(TOKEN)))
        return driver

    monkeypatch.setattr("xuanpin.pipelines.session.on_cluster", placed)
    monkeypatch.setenv(TOKEN, "of another cluster")
    known = {"conn_type": "generic", "host": "spark.internal", "port": 443, "extra": {"use_ssl": True}}
    monkeypatch.setenv("AIRFLOW_CONN_XUANPIN_SPARK", json.dumps({**known, "password": "geheim-7"}))
    with caplog.at_level(logging.DEBUG):
        assert str(run(airflow(CLUSTER), "xuanpin_ingest_reference").state) == "success"
    assert set(asked) == {("sc://spark.internal:443/;use_ssl=true", "geheim-7")}
    said = capfd.readouterr()
    assert "geheim-7" not in said.out + said.err + caplog.text
    written = [path for path in tmp_path.rglob("*") if path.is_file() and b"geheim-7" in path.read_bytes()]
    assert not written


@pytest.mark.parametrize(
    ("engine", "known", "wanted"),
    [
        ({}, None, None),
        ({"kind": "spark", "lake": "/lake", "address": "sc://spark"}, None, "sc://spark"),
        ({"kind": "spark", "lake": "/lake", "connection": "xuanpin_spark"}, {"host": "one"}, "sc://one:15002"),
    ],
)
def test_the_cluster_of_a_run_is_that_of_the_settings_or_of_the_connection_that_they_name(
    engine: dict[str, str], known: dict[str, str] | None, wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xuanpin.dags.cluster import at_connection

    monkeypatch.delenv(TOKEN, raising=False)
    if known:
        monkeypatch.setenv("AIRFLOW_CONN_XUANPIN_SPARK", json.dumps({"conn_type": "generic", **known}))
    asked = RunRequest(LAST_DAY, Home(Path("home")), None, Settings(engine=EngineSettings(**engine)), NOW)
    assert at_connection(asked).settings.engine.address == wanted
    assert TOKEN not in os.environ


def test_a_connection_that_airflow_does_not_have_is_named(airflow: Callable[..., Any]) -> None:
    from airflow.sdk.exceptions import AirflowNotFoundException

    from xuanpin.dags.cluster import at_connection

    chosen = EngineSettings(kind="spark", lake="/lake", connection="not_there")
    with pytest.raises(AirflowNotFoundException, match="not_there"):
        at_connection(RunRequest(LAST_DAY, Home(Path("home")), None, Settings(engine=chosen), NOW))


@pytest.mark.parametrize(
    ("partition", "params", "logical", "expected"),
    [
        ("2026-11-20", {}, None, date(2026, 11, 20)),
        (None, {"as_of_date": "2026-11-19"}, None, date(2026, 11, 19)),
        (None, {}, "2026-11-21T17:30:00+00:00", date(2026, 11, 21)),
    ],
)
def test_the_business_date_of_a_run(
    partition: str | None, params: dict[str, Any] | dict[str, str], logical: str | None, expected: date
) -> None:
    from xuanpin.dags.business_date import business_date

    instant = datetime.fromisoformat(logical) if logical else None
    run = SimpleNamespace(partition_key=partition, logical_date=instant, run_after=instant)
    assert business_date({"dag_run": run, "params": params}) == expected


def test_no_list_is_kept_for_a_day_that_has_not_ended(
    airflow: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    safeguards = importlib.import_module("xuanpin.dags.safeguards")
    slip = RunRequest(date(2027, 1, 5), Home(tmp_path / "home"), None, Settings(), NOW)
    monkeypatch.setattr(safeguards, "todays_request", lambda: slip)
    with pytest.raises(DayRefused, match="2027-01-05 has not ended"):
        safeguards.keep_last_list.function()
    assert not slip.home.root.exists()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one published list of no rows."""
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, LIST_DATE, "a" * 64)
    return home


@pytest.fixture(scope="module")
def plugin(airflow: Any) -> Any:
    """Our plugin's module, loaded as Airflow's own loader loads it from the entry point that setup.cfg declares."""
    from airflow._shared import module_loading
    from airflow._shared.plugins_manager import plugins_manager

    lines = (DAGS.parent / "setup.cfg").read_text(encoding="utf-8").splitlines()
    name, _, value = lines[lines.index("airflow.plugins =") + 1].strip().partition(" = ")
    found = EntryPoint(name, value, "airflow.plugins")
    with pytest.MonkeyPatch.context() as patch:
        # The environment may have been made before the entry point was.
        declared = SimpleNamespace(metadata={"Name": "xuanpin"}, version="0")
        patch.setattr(module_loading, "entry_points_with_dist", lambda group: [(found, declared)])
        plugins, errors = plugins_manager._load_entrypoint_plugins()
    assert errors == {}
    assert [each.name for each in plugins] == ["xuanpin_desk"]
    return importlib.import_module(value.partition(":")[0])


def test_without_a_home_airflow_shows_no_desk(plugin: Any) -> None:
    assert plugin.desk_apps({}, "http://127.0.0.1:8080") == []
    assert plugin.desk_views({}, "http://127.0.0.1:8080") == []


def test_the_desk_opens_in_a_tab_unless_frames_are_allowed(plugin: Any, tmp_path: Path) -> None:
    config = tmp_path / "framed.toml"
    config.write_text("[desk]\nframe_ancestors = [\"'self'\"]\n", encoding="utf-8")
    plain = {"XUANPIN_HOME": str(tmp_path)}
    base = "https://airflow.shop.example/team"
    tab = {"name": plugin.NAME, "href": "/team/xuanpin/", "destination": "nav"}
    assert plugin.desk_views(plain, base) == [tab]
    assert plugin.desk_views(plain | {"XUANPIN_CONFIG": str(config)}, base) == [tab | {"url_route": "xuanpin"}]


def test_airflow_mounts_the_desk_which_asks_for_its_own_sign_in(
    plugin: Any, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow import plugins_manager
    from airflow.api_fastapi.app import init_plugins

    apps = plugin.desk_apps({"XUANPIN_HOME": str(home.root)}, "https://airflow.shop.example")
    monkeypatch.setattr(plugins_manager, "get_fastapi_plugins", lambda: (apps, []))
    outer = FastAPI()
    init_plugins(outer)
    person(desk_place(home))
    browser = TestClient(outer, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50_000))
    seen = browser.get("/xuanpin/")
    assert seen.status_code == 401
    form = {"csrf": token(seen), "name": "王敏", "password": "correct horse"}
    answer = browser.post("/xuanpin/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/xuanpin/")
    assert str(LIST_DATE) in browser.get("/xuanpin/").text
    hosts = ("airflow.shop.example", "evil.example")
    answers = [browser.get("/xuanpin/health", headers={"host": host}).status_code for host in hosts]
    assert answers == [200, 400]
