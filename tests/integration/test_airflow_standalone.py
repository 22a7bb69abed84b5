"""A whole Airflow: assets start the night, a late list is told of, a person approves by REST, readers see the list."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.conftest import Platform
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home

DAY = date(2026, 11, 21)
LIST_DATE = DAY + timedelta(days=1)
SETTINGS = """
[review]
mode = "required"
[schedule]
alert_minutes = 1
[notify]
webhook_variable = "XUANPIN_WEBHOOK"
"""
ALERT_WITHIN = 180.0
"""Seconds after the page asks; the scheduler looks for missed deadlines in turns."""


@pytest.fixture
def free_port() -> int:
    """The first of three ports in a row that nobody uses: for the page and for the servers of logs."""
    for port in range(18080, 18180, 3):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            try:
                for offset, taken in enumerate((first, second, third)):
                    taken.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    pytest.skip("no three free ports in a row between 18080 and 18180")


@contextmanager
def chat_robot(notices: list[str]) -> Iterator[str]:
    """The address of a robot that keeps what it is told."""

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            notices.append(json.loads(body)["text"]["content"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Robot)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the robot of this deployment has been told."""
    told: list[str] = []
    with chat_robot(told) as address:
        monkeypatch.setenv("XUANPIN_WEBHOOK", address)
        yield told


def wait_for_notice(notices: list[str], subject: str) -> str:
    end = time.monotonic() + ALERT_WITHIN
    while time.monotonic() < end:
        for notice in notices:
            if notice.startswith(subject):
                return notice
        time.sleep(1)
    raise AssertionError(f"no notice of {subject!r} came; the robot was told: {notices}")


@pytest.mark.standalone
def test_a_night_that_assets_start_is_approved_through_rest(
    platform: Platform, fingerprint: Callable[..., dict[str, str]], free_port: int, notices: list[str], tmp_path: Path
) -> None:
    from tools.airflow_local import Place, running
    from tools.airflow_run import answer, take_sources_in, wait_for_end, wait_for_review

    config = tmp_path / "xuanpin.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    home = Home(tmp_path / "home")
    with running(Place(tmp_path / "airflow", home.root, platform.sources, config, free_port)) as client:
        run_id = take_sources_in(client, DAY.isoformat())
        page = wait_for_review(client, run_id)
        assert page["options"] == ["Approve", "Reject"]
        assert f"## List for {LIST_DATE}: pending" in page["body"]
        assert run_store.current_run(home, LIST_DATE) is None
        assert run_id in wait_for_notice(notices, "Xuanpin: tomorrow's list is late")
        answer(client, run_id, "Approve", "looks right")
        outcome = wait_for_end(client, run_id, page["body"])
        # Told by the night's own task, or by the DAG that looks every few minutes.
        told = [event for event in client.get("assets/events")["asset_events"] if event["name"] == "xuanpin_published"]
    assert outcome.state == "success"
    assert outcome.tasks["keep_last_list"] == "skipped"
    assert [news["kind"] for event in told for news in event["extra"]["events"]] == ["approved"]
    assert outcome.published["state"] == "approved"
    assert run_store.require_run(home, LIST_DATE).run_id == outcome.published["run_id"]
    by_hand = platform.night(tmp_path / "by_hand", DAY)
    assert fingerprint(home, LIST_DATE) == fingerprint(by_hand, LIST_DATE)
