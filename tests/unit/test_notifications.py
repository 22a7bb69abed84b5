"""A notice reaches those whom settings name, and one that cannot be sent holds nothing up."""

import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, ClassVar, Literal

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.explained.notices import delay_notice
from xuanpin.pipelines.notifications import notify
from xuanpin.pipelines.settings.running import NotifySettings


@contextmanager
def serving(server: HTTPServer | TCPServer) -> Iterator[int]:
    """A server that answers in a thread of its own while the block runs; yields its port."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Robot(BaseHTTPRequestHandler):
    """A chat robot that keeps what it is told."""

    heard: ClassVar[list[dict[str, object]]]

    def receive(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


class PostOffice(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs."""

    heard: ClassVar[list[str]]

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.heard.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def robot() -> Iterator[tuple[str, list[dict[str, object]]]]:
    class Heard(Robot):
        heard: ClassVar[list[dict[str, object]]] = []

    handler = type("Answering", (Heard,), {"do_POST": Robot.receive})
    with serving(HTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}/send", Heard.heard


@pytest.fixture
def post_office() -> Iterator[tuple[str, list[str]]]:
    class Heard(PostOffice):
        heard: ClassVar[list[str]] = []

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Heard)) as port:
        yield f"smtp://127.0.0.1:{port}", Heard.heard


def test_a_robot_is_told(robot: tuple[str, list[dict[str, object]]]) -> None:
    address, heard = robot
    notify(NotifySettings(webhook_variable="ROBOT"), "迟到", "orders", {"ROBOT": address})
    assert heard == [{"msgtype": "text", "text": {"content": "迟到\norders"}}]


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "选品：明天的清单迟了"), ("en", "Xuanpin: tomorrow's list is late")]
)
def test_a_notice_comes_in_the_language_that_settings_name(
    robot: tuple[str, list[dict[str, object]]], language: Literal["zh", "en"], told: str
) -> None:
    address, heard = robot
    chosen = NotifySettings(webhook_variable="ROBOT", language=language)
    notify(chosen, *delay_notice("xuanpin_nightly", "asset__1"), {"ROBOT": address})
    assert told in str(heard[0])


def test_a_mail_is_sent(post_office: tuple[str, list[str]]) -> None:
    server, heard = post_office
    chosen = NotifySettings(email_to=("a@shop.example", "b@shop.example"), smtp_variable="MAIL")
    notify(chosen, "late", "orders have not come", {"MAIL": server})
    assert "To: a@shop.example, b@shop.example" in heard[0]
    assert "Subject: late" in heard[0]
    assert "orders have not come" in heard[0]


def test_a_way_that_does_not_work_neither_fails_nor_stops_the_other(
    post_office: tuple[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    server, heard = post_office
    chosen = NotifySettings(webhook_variable="ROBOT", email_to=("a@shop.example",), smtp_variable="MAIL")
    with caplog.at_level(logging.WARNING, logger="xuanpin"):
        notify(chosen, "late", "orders", {"ROBOT": "http://127.0.0.1:9/secret", "MAIL": server})
    assert len(heard) == 1
    assert "notice not sent (URLError): late" in caplog.text
    assert "secret" not in caplog.text


def test_nobody_is_told_where_nothing_is_set() -> None:
    notify(NotifySettings(), "late", "orders", {})


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(UsageError, match="ROBOT is not set"):
        notify(NotifySettings(webhook_variable="ROBOT"), "late", "orders", {})


@pytest.mark.parametrize(
    "address", ["robot", "http://", "http://127.0.0.1:port/", "http://127.0.0.1:1/a b", "ftp:///x"]
)
def test_an_address_that_is_none_holds_nothing_up_and_is_not_logged(
    caplog: pytest.LogCaptureFixture, address: str
) -> None:
    with caplog.at_level(logging.WARNING):
        notify(NotifySettings(webhook_variable="ROBOT"), "late", "orders", {"ROBOT": address})
    assert "notice not sent" in caplog.text
    assert address not in caplog.text


def test_a_file_is_no_chat_robot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "secret").touch()
    address = (tmp_path / "secret").as_uri()
    notify(NotifySettings(webhook_variable="ROBOT"), "late", "no rows", {"ROBOT": address})
    assert "notice not sent (ValueError): late" in caplog.text and address not in caplog.text
