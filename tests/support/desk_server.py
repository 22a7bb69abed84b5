"""A desk that answers a real browser, on a free port of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.serve import bound

PATIENCE = 20
"""Seconds until a desk that has not begun to answer is taken for dead."""


@contextmanager
def answering(place: DeskPlace) -> Iterator[str]:
    """Serve a desk for as long as the block lasts; yields its address."""
    config = uvicorn.Config(desk_application(place), log_level="warning", ws="none", proxy_headers=False)
    server = uvicorn.Server(config)
    with bound("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        assert server.started, "the desk does not answer"
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE)
