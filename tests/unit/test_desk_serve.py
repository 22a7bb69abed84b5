"""Where the desk listens, who may ask it there, and how requests are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.desk import MORNING
from xuanpin.pipelines.desk.limits import MOST_KEYS, Window
from xuanpin.pipelines.desk.serve import bound, reached_by
from xuanpin.pipelines.desk.texts import texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.desk import DeskSettings


def test_a_port_that_is_taken_is_named() -> None:
    with bound("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}: .*--port"):
            bound("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_this_machine_alone_needs_no_name(host: str) -> None:
    assert reached_by(host, Settings()) == frozenset()


def test_a_desk_that_others_reach_needs_a_name() -> None:
    with pytest.raises(UsageError, match="hosts = "):
        reached_by("0.0.0.0", Settings())
    named = Settings(desk=DeskSettings(hosts=("xuanpin.shop.example",)))
    assert reached_by("0.0.0.0", named) == {"0.0.0.0"}


def test_a_window_lets_so_many_in_and_then_one_for_each_that_leaves() -> None:
    window = Window(2, timedelta(minutes=1))
    for second in (0, 20):
        assert window.wait("a", MORNING + timedelta(seconds=second)) == 0
        assert window.take("a", MORNING + timedelta(seconds=second))
    assert not window.take("a", MORNING + timedelta(seconds=21))
    assert window.wait("a", MORNING + timedelta(seconds=30)) == 31
    assert window.wait("b", MORNING + timedelta(seconds=30)) == 0
    assert window.wait("a", MORNING + timedelta(seconds=60)) == 0
    assert window.take("a", MORNING + timedelta(seconds=60))
    assert window.wait("a", MORNING + timedelta(seconds=61)) == 20
    window.give_back("a")
    assert window.wait("a", MORNING + timedelta(seconds=61)) == 0
    window.clear("a")
    window.give_back("a")
    assert [window.take("a", MORNING + timedelta(seconds=61)) for _ in range(3)] == [True, True, False]


def test_strangers_without_number_do_not_fill_the_memory() -> None:
    window = Window(1, timedelta(minutes=1))
    for number in range(MOST_KEYS + 10):
        assert window.take(f"{number}", MORNING)
    assert len(window) <= MOST_KEYS
    assert window.wait(f"{MOST_KEYS + 9}", MORNING) > 0


def test_every_text_stands_in_both_languages() -> None:
    for key, wording in texts().items():
        assert set(wording) == {"zh", "en"}, key
        assert all(isinstance(text, str) and text for text in wording.values()), key


@pytest.mark.parametrize(
    "keys",
    [
        {"hosts": ["https://xuanpin.shop.example"]},
        {"hosts": ["xuanpin.shop.example:443"]},
        {"trusted_proxies": ["proxy"]},
        {"trusted_header": "X Forwarded User"},
        {"frame_ancestors": ["https://airflow.shop.example/desk"]},
        {"frame_ancestors": ["*; script-src *"]},
    ],
)
def test_a_setting_of_another_form_is_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        DeskSettings.model_validate(keys)
