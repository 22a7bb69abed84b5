"""Follows a home and delivers what is published there: beside the desk, and where no scheduler does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery import Delivered, deliver
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.settings import Settings

log = logging.getLogger("xuanpin")
LOOK_SECONDS = 1.0
"""Seconds between two looks at the journal; a look lists one folder."""
AGAIN_SECONDS = 30.0
"""Seconds after which those who are not level are looked at again; a channel decides itself when it is due."""


def follow(
    home: Home,
    settings: Settings,
    environment: Mapping[str, str],
    wait: Callable[[float], bool],
    on_delivered: Callable[[list[Delivered]], None] = lambda done: None,
) -> None:
    """Deliver whenever the journal has a new entry, and from time to time what is still owed, until `wait` says so.

    `settings` and `environment` are as for `deliver`; `wait` waits so many seconds and returns whether to end;
    `on_delivered` is given what each round delivered. Nothing that goes wrong ends it.
    """
    seen, last = -1, 0.0
    # A delivery that fails as none should ends alone in its thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        while True:
            newest = _newest(home)
            if newest != seen or time.monotonic() - last >= AGAIN_SECONDS:
                done = pool.submit(deliver, home, settings, environment)
                failure = done.exception()
                if failure is None:
                    on_delivered(done.result())
                else:
                    log.warning("delivery failed (%s)", type(failure).__name__)
                seen, last = newest, time.monotonic()
            if wait(LOOK_SECONDS):
                return


@contextmanager
def followed(home: Home, settings: Settings, environment: Mapping[str, str]) -> Iterator[None]:
    """Follow the home in a thread of its own while the block runs; it ends with the block, once a send has ended.

    `settings` and `environment` are as for `deliver`.
    """
    end = threading.Event()
    thread = threading.Thread(
        target=follow, args=(home, settings, environment, end.wait), name="deliveries", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(settings.notify.timeout_seconds)


def _newest(home: Home) -> int:
    try:
        return journal.last_number(home)
    except OSError:
        return 0
