"""A notice reaches those whom settings name, is kept for those who are out of reach, and holds nothing up."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.support.robot import Robot, post_office, robot
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import notify
from xuanpin.pipelines.explained.notices import delay_notice
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NotifySettings

LATE = ("late", "orders have not come")
UNREACHED = "http://127.0.0.1:9/secret"


@pytest.fixture
def heard() -> Iterator[Robot]:
    with robot() as state:
        yield state


@pytest.fixture
def mails() -> Iterator[tuple[str, list[str]]]:
    with post_office() as office:
        yield office


def settings(webhook_variable: str | None = None, *email_to: str, language: Literal["zh", "en"] = "en") -> Settings:
    chosen = NotifySettings(
        webhook_variable=webhook_variable, email_to=email_to, smtp_variable="MAIL", language=language
    )
    return Settings(notify=chosen)


@pytest.mark.parametrize("is_home_there", [True, False])
def test_a_robot_is_told_with_or_without_a_home(heard: Robot, tmp_path: Path, is_home_there: bool) -> None:
    home = Home(tmp_path if is_home_there else tmp_path / "none")
    notify(home, settings("ROBOT"), "late", ("迟到", "orders"), {"ROBOT": heard.address})
    assert [told.content for told in heard.heard] == [{"msgtype": "text", "text": {"content": "迟到\norders"}}]
    assert home.delivery.exists() == is_home_there


def test_a_deployment_without_a_home_tells_nevertheless(heard: Robot) -> None:
    notify(None, settings("ROBOT"), "late", LATE, {"ROBOT": heard.address})
    assert len(heard.heard) == 1


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "选品：明天的清单迟了"), ("en", "Xuanpin: tomorrow's list is late")]
)
def test_a_notice_comes_in_the_language_that_settings_name(
    heard: Robot, tmp_path: Path, language: Literal["zh", "en"], told: str
) -> None:
    chosen = settings("ROBOT", language=language)
    notify(Home(tmp_path), chosen, "late", delay_notice("xuanpin_nightly", "asset__1"), {"ROBOT": heard.address})
    assert told in str(heard.heard[0].content)


def test_a_mail_is_sent(mails: tuple[str, list[str]], tmp_path: Path) -> None:
    server, sent = mails
    notify(Home(tmp_path), settings(None, "a@shop.example", "b@shop.example"), "failed", LATE, {"MAIL": server})
    assert "To: a@shop.example, b@shop.example" in sent[0]
    assert "Subject: late" in sent[0]
    assert "Importance: high" in sent[0]
    assert "orders have not come" in sent[0]


def test_a_way_that_does_not_work_neither_fails_nor_stops_the_other_and_gets_its_notice_later(
    mails: tuple[str, list[str]], heard: Robot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server, sent = mails
    home, chosen = Home(tmp_path), settings("ROBOT", "a@shop.example")
    with caplog.at_level(logging.WARNING, logger="xuanpin"):
        notify(home, chosen, "late", LATE, {"ROBOT": UNREACHED, "MAIL": server})
    assert len(sent) == 1
    assert "notify.webhook_variable is behind what is published: 1 message waits: " in caplog.text
    assert "ConnectionRefusedError" in caplog.text and "secret" not in caplog.text
    state = home.delivery / "messages" / "webhook_variable.json"
    state.write_text(state.read_text().replace('"next_try": "2', '"next_try": "1'))
    notify(home, chosen, "late", ("again", "later"), {"ROBOT": heard.address, "MAIL": server})
    assert [told.content["text"]["content"].split("\n")[0] for told in heard.heard] == ["late", "again"]
    assert len(sent) == 2


def test_nobody_is_told_where_nothing_is_set(tmp_path: Path) -> None:
    notify(Home(tmp_path), Settings(), "late", LATE, {})
    assert not [*tmp_path.iterdir()]


def test_a_variable_that_is_not_set_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="xuanpin"):
        notify(Home(tmp_path), settings("ROBOT"), "late", LATE, {})
    assert "environment variable ROBOT is not set" in caplog.text


@pytest.mark.parametrize(
    "address", ["robot", "http://", "http://127.0.0.1:port/", "http://127.0.0.1:1/a b", "ftp:///x", "http://[::1"]
)
def test_an_address_that_is_none_holds_nothing_up_and_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        notify(Home(tmp_path), settings("ROBOT"), "late", LATE, {"ROBOT": address})
    assert "1 message waits" in caplog.text
    assert address not in caplog.text


def test_a_file_is_no_chat_robot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "secret").touch()
    address = (tmp_path / "secret").as_uri()
    notify(Home(tmp_path), settings("ROBOT"), "late", LATE, {"ROBOT": address})
    assert "no web address" in caplog.text and address not in caplog.text


def test_a_home_that_takes_no_writes_tells_nevertheless(heard: Robot, tmp_path: Path) -> None:
    (tmp_path / "delivery").touch()
    notify(Home(tmp_path), settings("ROBOT"), "failed", LATE, {"ROBOT": heard.address})
    assert len(heard.heard) == 1
