"""What the desk keeps is made once however many ask, and nobody waits for what somebody else asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from xuanpin.pipelines.desk.kept import Kept


def test_many_who_ask_at_once_get_what_one_makes() -> None:
    kept, begun, go = Kept[int](2), Event(), Event()
    made: list[int] = []

    def make() -> int:
        begun.set()
        assert go.wait(5)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(4) as readers:
        waiting = [readers.submit(kept.get, "slow", make) for _ in range(3)]
        assert begun.wait(5)
        assert readers.submit(kept.get, "other", lambda: 7).result(5) == 7
        go.set()
        assert [reader.result(5) for reader in waiting] == [1, 1, 1]


def test_what_was_asked_for_longest_ago_is_made_anew() -> None:
    kept, made = Kept[str](2), list[str]()

    def ask(name: str) -> str:
        def make() -> str:
            made.append(name)
            return name

        return kept.get(name, make)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert ask(name) == name
    assert made == ["a", "b", "c", "b"]


def test_what_fails_is_tried_again() -> None:
    kept = Kept[float](2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 1 / 2) == 0.5
