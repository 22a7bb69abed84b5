"""Serves the desk of a home on one port of this machine until a signal ends it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address

import uvicorn

from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.delivery.following import followed
from xuanpin.pipelines.desk.application import desk_application
from xuanpin.pipelines.desk.origin import LOOPBACK
from xuanpin.pipelines.desk.page import prepare_pages
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.tonight import tonight
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.session import log_file
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.paths import AS_OWNER, plain_reason, require_writable
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.shown import OneLine

GRACE_SECONDS = 5
"""Seconds that answers under way have when the desk ends."""
KEPT_SECONDS = 75
"""Seconds that a connection without a request is kept: longer than proxies and browsers keep one; they end it."""


def serve(home: Home, settings: Settings, host: str, port: int, on_start: Callable[[str], None]) -> None:
    """Serve the desk at `host` and `port` (0 for any that is free) and tell `on_start` its address.

    Raises UsageError where the port is taken, or where other machines reach it by a name that no setting holds.
    """
    require_writable(home.root, AS_OWNER)
    names = reached_by(host, settings)
    keep_private(home)
    place = DeskPlace(home, settings, lambda: datetime.now(BEIJING), names)
    # What proxies say is weighed by the desk itself, and addresses of agents' pages belong in no log.
    config = uvicorn.Config(
        desk_application(place),
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        ws="none",
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    logging.getLogger("uvicorn").addHandler(_errors())
    # Decisions on pages are delivered from beside them, so that no page waits for a database or a robot.
    with bound(host, port) as listening, log_file(home), followed(home, settings, os.environ):
        warm_up(place)
        on_start(f"http://{shown_host(host)}:{listening.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listening])


def warm_up(place: DeskPlace) -> None:
    """Make what the first page shows, where there is a list, so that its first reader does not wait for it."""
    prepare_pages()
    with suppress(XuanpinError, OSError):
        tonight(place)


def _errors() -> logging.Handler:
    """Return what prints the server's own warnings; of a failure the home's log has the kind and the place."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("xuanpin: %(message)s"))
    handler.addFilter(without_values)
    return handler


def without_values(record: logging.LogRecord) -> bool:
    """Take the exception from a `record`: its message may quote anything; return True, for the rest is printed."""
    record.exc_info = record.exc_text = None
    return True


def reached_by(host: str, settings: Settings) -> frozenset[str]:
    """Return the names besides those of the settings under which a desk at `host` may be asked.

    Raises UsageError where it can be reached from elsewhere and no setting says under which name.
    """
    if is_loopback(host):
        return frozenset()
    if not settings.desk.hosts:
        raise UsageError(
            phrase(
                "--host {host} lets other machines reach the desk; name the host under which they do in the settings, "
                'such as [desk] hosts = ["xuanpin.shop.example"], and put a proxy with https before it',
                host=host,
            )
        )
    return frozenset({shown_host(host).lower()})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens at `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def shown_host(host: str) -> str:
    """Return `host` as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host` and `port`; raise UsageError where that cannot be had."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageError(
            phrase(
                "the desk cannot listen at {host} port {port}: {reason}; name another with --port or --host, or end "
                "the program that listens there",
                host=host,
                port=port,
                reason=plain_reason(error),
            )
        ) from error
    return listening
