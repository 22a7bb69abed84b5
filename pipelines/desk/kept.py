"""Keeps what is dear to make and does not change, such as the content of a run, for the next page that asks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _Thing(Generic[T]):
    """One thing that is kept, once it is made."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.made: list[T] = []


class Kept(Generic[T]):
    """Keep the `most` things that were asked for last; many who ask for one at once wait for one that makes it, and
    nobody waits for another thing."""

    def __init__(self, most: int) -> None:
        """Keep nothing yet."""
        self.most = most
        self._things: OrderedDict[Hashable, _Thing[T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under `key`, or what `make` returns, which is kept from now on.

        Where `make` fails, nothing is kept and the next who asks tries again.
        """
        thing = self._of(key)
        with thing.lock:
            if not thing.made:
                thing.made.append(make())
            return thing.made[0]

    def _of(self, key: Hashable) -> _Thing[T]:
        with self._lock:
            thing = self._things.setdefault(key, _Thing())
            self._things.move_to_end(key)
            while len(self._things) > self.most:
                self._things.popitem(last=False)
            return thing
