"""A service that takes events, on this machine: what it got, and how it misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Service:
    """What came to the `address`: `events` in order and the `keys` sent with them; `status` is what it answers, after
    `seconds`, unless it is released before."""

    address: str = ""
    status: int = 201
    seconds: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(status: int = 201, seconds: float = 0.0) -> Iterator[Service]:
    """Serve until the block ends."""
    service = Service(status=status, seconds=seconds)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.events.append(json.loads(body))
            service.keys.append(self.headers["Authorization"])
            service.released.wait(service.seconds)
            self.send_response(service.status)
            if service.status // 100 == 3:
                self.send_header("Location", f"{service.address}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}/api/v1/lineage"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
