"""Events go out in order and in the background; a service that is dead, slow or angry costs a night next to nothing."""

import json
import logging
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openlineage.client.event_v2 import RunEvent, RunState

from tests.support import tiny_runs
from tests.support.lineage_server import serving
from tests.support.openlineage_standard import faults
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.lineage.events import NightRun, night_event
from xuanpin.pipelines.lineage.publications import Publications
from xuanpin.pipelines.lineage.sending import Sender, transport_of
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings.lineage import LineageSettings

NIGHT = NightRun("test", date(2026, 11, 21), "first")
SECRET = "k3y-of-ours"


def event(state: RunState = RunState.START) -> RunEvent:
    return night_event(state, NIGHT)


def send(count: int, **settings: object) -> float:
    """Send some events as settings say, and return how many seconds whoever sends was held up."""
    asked = LineageSettings.model_validate(settings)
    started = time.perf_counter()
    sender = Sender(transport_of(asked, {"KEY": SECRET}), asked.timeout_seconds)
    for _ in range(count):
        sender.send(event())
    sender.close()
    return time.perf_counter() - started


def dead_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/api/v1/lineage"


def test_events_are_posted_in_order_with_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as service:
        asked = LineageSettings(kind="http", address=service.address, token_variable="KEY")
        sender = Sender(transport_of(asked, {"KEY": SECRET}), 5.0)
        for state in (RunState.START, RunState.COMPLETE):
            sender.send(event(state))
        sender.close()
    assert [own["eventType"] for own in service.events] == ["START", "COMPLETE"]
    assert [faults(own) for own in service.events] == [[], []]
    assert service.keys == [f"Bearer {SECRET}"] * 2
    assert caplog.text == ""


def test_a_file_gets_a_line_an_event_after_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    for _ in range(2):
        send(3, kind="file", path=path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [faults(json.loads(line)) for line in lines] == [[]] * 6


@pytest.mark.parametrize(("status", "kind"), [(500, "HTTPError"), (401, "HTTPError"), (302, "TooManyRedirects")])
def test_after_a_refusal_no_more_is_sent(caplog: pytest.LogCaptureFixture, status: int, kind: str) -> None:
    with serving(status) as service:
        send(20, kind="http", address=service.address, token_variable="KEY")
    assert len(service.events) == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"lineage: events not sent ({kind}); the night goes on without them"
    ]
    assert SECRET not in caplog.text


def test_nobody_at_the_address_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    address = dead_address()
    seconds = send(40, kind="http", address=address, timeout_seconds=1.0)
    assert seconds < 2.0
    assert len(caplog.records) == 1
    assert address.split("/")[2] not in caplog.text


def test_a_service_that_never_answers_holds_nobody_up_for_longer_than_the_timeout(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(seconds=30.0) as service:
        seconds = send(40, kind="http", address=service.address, timeout_seconds=0.3)
        service.released.set()
    assert seconds < 3.0
    assert len(service.events) <= 1
    assert len(caplog.records) == 1


def test_a_service_that_is_slower_than_the_night_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    """Each answer comes in time, and all of them together would not."""
    with serving(seconds=0.4) as service:
        seconds = send(40, kind="http", address=service.address, timeout_seconds=1.0)
        service.released.set()
    assert seconds < 3.0
    assert caplog.messages == ["lineage: events not sent (no answer in time); the night goes on without them"]


def test_what_cannot_be_written_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").mkdir()
    send(3, kind="file", path=tmp_path / "folder")
    assert caplog.messages == ["lineage: events not sent (RuntimeError); the night goes on without them"]


def test_the_same_run_of_a_night_has_one_id_in_every_process_and_another_run_another() -> None:
    again = NightRun("test", date(2026, 11, 21), "first")
    others = [
        NightRun("test", date(2026, 11, 21), "second"),
        NightRun("test", date(2026, 11, 22), "first"),
        NightRun("other", date(2026, 11, 21), "first"),
    ]
    assert again.run_id == NIGHT.run_id
    assert len({own.run_id for own in [NIGHT, *others]}) == 4


def test_each_try_of_a_step_has_an_id_of_its_own() -> None:
    first, second = (datetime(2026, 11, 22, 1, minute, tzinfo=UTC) for minute in (30, 31))
    assert len({NIGHT.step_id("ingest", first), NIGHT.step_id("ingest", second), NIGHT.step_id("match", first)}) == 3


def test_an_error_is_told_by_its_class_alone() -> None:
    told = night_event(RunState.FAIL, NIGHT, error=ValueError("客户 13800000000 写道"))
    assert "13800000000" not in str(told)
    assert "ValueError" in str(told)


def test_a_night_without_lineage_loads_none_of_it() -> None:
    loaded = "sorted({'openlineage', 'sqlglot', 'requests'} & set(sys.modules))"
    asked = f"import sys, xuanpin.pipelines.nightly; print({loaded})"
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "file"}, "needs path"),
        ({"kind": "http"}, "needs address"),
        ({"kind": "http", "address": "ftp://here/"}, "write the address of a web service"),
        ({"kind": "http", "address": "https://me:word@here/"}, "a password is not for a file"),
        ({"kind": "http", "address": "http://there.example/", "token_variable": "KEY"}, "an https address alone"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LineageSettings.model_validate(settings)


@pytest.fixture(autouse=True)
def warnings_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)


def test_what_follows_a_night_is_told_once_from_the_journal(tmp_path: Path) -> None:
    home, sent = Home(tmp_path / "home"), tmp_path / "events.jsonl"
    receiver = Publications(LineageSettings(kind="file", path=sent), {})
    for nth, state in enumerate(("auto_approved", "recalled", "fallback")):
        with sealing.lock_published(home):
            tiny_runs.publish(home, NIGHT.as_of_date + timedelta(days=1 + nth // 2), f"run{nth}", state)
        assert [receiver.catch_up(home) for _ in range(2)] == [min(nth, 1), 0]
    recalled, kept = map(json.loads, sent.read_text(encoding="utf-8").splitlines())
    assert faults(recalled) == faults(kept) == []
    assert [told["job"]["name"] for told in (recalled, kept)] == ["publications.recalled", "publications.fallback"]
    versions = [
        {table["facets"]["version"]["datasetVersion"] for table in recalled[side]} for side in ("inputs", "outputs")
    ]
    assert versions == [{"run0"}, {"run1"}]


def test_what_is_not_taken_is_sent_by_the_next_delivery_under_the_same_id(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with sealing.lock_published(home):
        tiny_runs.publish(home, NIGHT.as_of_date, "run0", "fallback")
    dead = Publications(LineageSettings(kind="http", address=dead_address(), timeout_seconds=1), {})
    with pytest.raises(DeliveryFailed, match=r"events of lineage cannot be sent \(ConnectionError\)"):
        dead.catch_up(home)
    assert Publications(LineageSettings(kind="file", path=tmp_path / "events.jsonl"), {}).catch_up(home) == 1
