"""Keeps what is dear to make and does not change, such as the content of a run, for the next page that asks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keep the `most` things that were asked for last; many who ask at once wait for one that makes it."""

    def __init__(self, most: int) -> None:
        """Keep nothing yet."""
        self.most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under `key`, or what `make` returns, which is kept from now on."""
        with self._lock:
            if key not in self._things:
                self._things[key] = make()
            self._things.move_to_end(key)
            while len(self._things) > self.most:
                self._things.popitem(last=False)
            return self._things[key]
