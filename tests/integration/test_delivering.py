"""Whoever follows the lists is brought level after each publication; who cannot be reached holds nothing up."""

import errno
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support import tiny_runs
from tests.support.robot import robot
from xuanpin.pipelines import delivery
from xuanpin.pipelines.cli.delivering import delivered_after
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import Delivered, deliver, failing, following, not_level
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.run_store import journal, sealing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.notify import NotifySettings
from xuanpin.pipelines.typed.phrase import phrase


@dataclass
class Follower:
    """A receiver that notes the numbers it has read, unless it is out of reach."""

    name: str
    is_dead: bool = False
    read: list[int] = field(default_factory=list)

    def has_read(self, count: int) -> bool:
        return len(self.read) == count

    def catch_up(self, home: Home) -> int:
        if self.is_dead:
            raise DeliveryFailed(phrase("it failed unexpectedly ({kind})", kind="asleep"))
        new = [change.number for change in journal.changes(home, after=max(self.read, default=0))]
        self.read += new
        return len(new)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path)
    tiny_runs.publish(place, date(2026, 11, 23), "aa")
    with sealing.lock_published(place):
        pass
    return place


def test_one_out_of_reach_is_told_once_and_caught_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dead, well = Follower("postgres", is_dead=True), Follower("copy")
    settings = Settings(notify=NotifySettings(webhook_variable="ROBOT"))
    monkeypatch.setattr(delivery, "receivers", lambda *_: [dead, well])
    with robot() as told:
        environment = {"ROBOT": told.address}

        def sent() -> list[str]:
            return [heard.content["text"]["content"].split("\n")[0] for heard in told.heard]

        first = deliver(home, settings, environment)
        assert [(one.receiver, one.count, one.failure is None) for one in first] == [
            ("postgres", 0, False),
            ("copy", 1, True),
            ("notify.webhook_variable", 1, True),
        ]
        deliver(home, settings, environment)
        assert sent() == ["Xuanpin: postgres is behind what is published"]
        assert [*failing(home)] == ["postgres"]
        (line,) = not_level(home, settings)
        assert line.startswith("postgres has been behind since 20")
        monkeypatch.setattr(delivery, "receivers", lambda *_: [well])
        assert not_level(home, settings) == [], "nobody follows by that name any more"
        monkeypatch.setattr(delivery, "receivers", lambda *_: [dead, well])
        dead.is_dead = False
        assert deliver(home, settings, environment)[:2] == [Delivered("postgres", 1), Delivered("copy", 0)]
        assert sent()[1:] == ["Xuanpin: postgres has caught up"]
    assert failing(home) == {}


def test_a_home_is_followed_beside_who_publishes_and_whatever_a_delivery_meets(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Follower):
        def catch_up(self, home: Home) -> int:
            super().catch_up(home)
            raise ValueError("a bug")

    follower = Broken("copy")
    monkeypatch.setattr(delivery, "receivers", lambda *_: [follower])
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.02)
    with following.followed(home, Settings(), {}):
        for wanted, run_id in ((1, "bb"), (2, "cc")):
            until(partial(follower.has_read, wanted))
            with sealing.lock_published(home):
                tiny_runs.publish(home, date(2026, 11, 23), run_id, "recalled")
        until(partial(follower.has_read, 3))
    with sealing.lock_published(home):
        tiny_runs.publish(home, date(2026, 11, 23), "dd", "recalled")
    assert follower.read == [1, 2, 3]


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_channel_is_tried_out_and_status_says_who_is_not_level(
    published: Home, tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(published.root, tmp_path / "home")
    (tmp_path / "x.toml").write_text('[notify.channels.ops]\naddress_variable = "ROBOT"\n', encoding="utf-8")
    given = ["--home", str(tmp_path / "home"), "--config", str(tmp_path / "x.toml"), "--lang", language]
    with robot() as told:
        monkeypatch.setenv("ROBOT", told.address)
        tried = CliRunner().invoke(app, ["deliver", "--test", "ops", *given])
        assert (tried.exit_code, len(told.heard)) == (0, 1)
    assert (
        tried.output.strip()
        == {
            "en": "ops: the test message was taken",
            "zh": "ops：测试消息已被接收",
        }[language]
    )
    failed = CliRunner().invoke(app, ["deliver", *given])
    assert failed.exit_code == 1 and "ConnectionRefusedError" in failed.output and "s3cret" not in failed.output
    said = CliRunner().invoke(app, ["status", *given]).output
    assert {"en": "notify.ops has been behind since 20", "zh": "notify.ops 自 20"}[language] in said


def test_without_followers_nothing_is_made(home: Home) -> None:
    assert deliver(home, Settings(), {}) == []
    assert not home.delivery.exists()


def test_without_a_scheduler_a_command_stays_and_delivers(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = list[float]()

    def wait(seconds: float) -> bool:
        rounds.append(seconds)
        with sealing.lock_published(home):
            tiny_runs.publish(home, date(2026, 11, 23), f"b{len(rounds)}", "recalled")
        return len(rounds) == 3

    (tmp_path / "x.toml").write_text('[notify.channels.ops]\naddress_variable = "ROBOT"\n', encoding="utf-8")
    monkeypatch.setattr("xuanpin.pipelines.cli.delivering._wait", wait)
    with robot() as told:
        monkeypatch.setenv("ROBOT", told.address)
        followed = ["deliver", "--follow", "--home", str(home.root), "--config", str(tmp_path / "x.toml")]
        said = CliRunner().invoke(app, followed)
    assert (said.exit_code, len(told.heard)) == (0, 3)
    assert said.output == "notify.ops: 1 new\n" * 3


def test_a_delivery_that_cannot_be_noted_changes_nothing_of_how_a_verb_ends(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(delivery, "deliver", full)
    with delivered_after(home, Settings()):
        pass
    assert "not delivered (" in capsys.readouterr().err
    with pytest.raises(DeliveryFailed), delivered_after(home, Settings()):
        raise DeliveryFailed(phrase("replay"))
