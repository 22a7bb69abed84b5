"""Counts what came within a span of time, by who asked, and tells how long the next one has to wait."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

MOST_KEYS = 10_000
"""Askers that are remembered; beyond it those whose span is over are forgotten first, then the oldest."""


class Window:
    """At most `most` in every `span` for each asker."""

    def __init__(self, most: int, span: timedelta) -> None:
        """Remember nobody yet."""
        self.most, self.span = most, span
        self._seen: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many askers are remembered."""
        return len(self._seen)

    def wait(self, asker: str, now: datetime) -> int:
        """Return the whole seconds until `asker` may come again; 0 where she may now."""
        with self._lock:
            times = self._within(asker, now)
            if len(times) < self.most:
                return 0
            return max(1, int((times[-self.most] + self.span - now).total_seconds()) + 1)

    def take(self, asker: str, now: datetime) -> bool:
        """Count one of `asker` at the time `now` where she may come; return whether she may."""
        with self._lock:
            if len(self._seen) >= MOST_KEYS and asker not in self._seen:
                self._forget(now)
            times = self._within(asker, now)
            if len(times) >= self.most:
                return False
            times.append(now)
            self._seen[asker] = times
            return True

    def give_back(self, asker: str) -> None:
        """Take the newest one of `asker` back."""
        with self._lock:
            if times := self._seen.get(asker):
                times.pop()

    def clear(self, asker: str) -> None:
        """Forget what was counted of `asker`."""
        with self._lock:
            self._seen.pop(asker, None)

    def _within(self, asker: str, now: datetime) -> deque[datetime]:
        times = self._seen.get(asker) or deque()
        while times and times[0] <= now - self.span:
            times.popleft()
        return times

    def _forget(self, now: datetime) -> None:
        for asker in [asker for asker, times in self._seen.items() if not times or times[-1] <= now - self.span]:
            del self._seen[asker]
        while len(self._seen) >= MOST_KEYS:
            del self._seen[next(iter(self._seen))]
