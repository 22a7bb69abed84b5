"""Sends events beside the night: in order, from a thread of its own, and no more once one has failed."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from pathlib import Path

from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport import Transport
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

from xuanpin.pipelines.settings.lineage import LineageSettings

log = logging.getLogger("xuanpin")
_END = None


class Sender:
    """Sends events until one fails; whoever hands them over never waits, and `close` waits `timeout` seconds at most.

    Why an event was not sent is one line of the log; an address is never part of it.
    """

    def __init__(self, transport: Transport, timeout: float) -> None:
        self._transport, self._timeout = transport, timeout
        self._waiting: queue.SimpleQueue[RunEvent | None] = queue.SimpleQueue()
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._send_all, name="lineage", daemon=True)
        self._thread.start()

    def send(self, event: RunEvent) -> None:
        """Hand over an event; one that comes after a failure is left out."""
        self._waiting.put(event)

    def close(self) -> None:
        """Wait until all events are out, or for as long as the timeout, and log it once where some are not."""
        self._waiting.put(_END)
        self._thread.join(self._timeout)
        if self._thread.is_alive():
            self._failure = "no answer in time"
        if self._failure is not None:
            log.warning("lineage: events not sent (%s); the night goes on without them", self._failure)

    def _send_all(self) -> None:
        while (event := self._waiting.get()) is not _END:
            if self._failure is None:
                self._send(event)
        self._transport.close()

    def _send(self, event: RunEvent) -> None:
        try:
            self._transport.emit(event)
        except (OSError, RuntimeError, ValueError) as error:
            self._failure = type(error).__name__


def transport_of(settings: LineageSettings, environment: Mapping[str, str]) -> Transport:
    """Return what sends events where `settings` say, with the key that `environment` holds.

    Raises OSError where the folder of the file cannot be made, KeyError without the variable of the key.
    """
    if settings.kind == "file":
        path = Path(settings.path or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileTransport(FileConfig(str(path), append=True))
    auth = ApiKeyTokenProvider({"apiKey": environment[settings.token_variable]}) if settings.token_variable else None
    address, timeout = settings.address or "", settings.timeout_seconds
    # One more try would be one more wait.
    once = {"total": 0}
    transport = HttpTransport(HttpConfig(address, "", timeout, auth=auth or TokenProvider({}), retry=once))
    # A redirect would take events to an address that nobody has set.
    transport.session.max_redirects = 0
    return transport
