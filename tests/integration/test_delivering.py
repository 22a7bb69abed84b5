"""Whoever follows the lists is brought level after each publication; who cannot be reached holds nothing up."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from tests.support import tiny_runs
from xuanpin.pipelines import delivery
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import Delivered, deliver, failing
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.run_store import journal, sealing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import Phrase, phrase


@dataclass
class Follower:
    """A receiver that notes the numbers it has read, unless it is out of reach."""

    name: str
    is_dead: bool = False
    read: list[int] = field(default_factory=list)

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
    dead, well, sent = Follower("postgres", is_dead=True), Follower("messages"), list[str]()

    def note(_settings: object, subject: Phrase, _text: Phrase, _environment: object) -> None:
        sent.append(str(subject))

    monkeypatch.setattr(delivery, "receivers", lambda *_: [dead, well])
    monkeypatch.setattr(delivery, "notify", note)
    first = deliver(home, Settings(), {})
    assert [(one.receiver, one.count, one.failure is None) for one in first] == [
        ("postgres", 0, False),
        ("messages", 1, True),
    ]
    deliver(home, Settings(), {})
    assert sent == ["Xuanpin: postgres is not level with what is published"]
    assert [*failing(home)] == ["postgres"]
    dead.is_dead = False
    assert deliver(home, Settings(), {}) == [Delivered("postgres", 1), Delivered("messages", 0)]
    assert sent[1:] == ["Xuanpin: postgres has caught up"]
    assert failing(home) == {}


def test_without_followers_nothing_is_made(home: Home) -> None:
    assert deliver(home, Settings(), {}) == []
    assert not home.delivery.exists()
