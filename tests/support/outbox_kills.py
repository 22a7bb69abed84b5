"""Writes and sends messages in a process of its own that is ended at a wanted write."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.support.kill_points import Strike
from tests.support.outbox_home import LIST_DATE, NOON
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.outbox.gateway import Gateway
from xuanpin.pipelines.outbox.sending import Sent, send
from xuanpin.pipelines.outbox.writing import write_outbox
from xuanpin.pipelines.settings.outbox import OutboxSettings

PRELOADED = ["tests.support.outbox_kills"]


def send_from(home: Home, address: str, minutes: int = 0) -> Sent:
    """Send from a home to the gateway at `address`, so many minutes after noon."""
    settings = OutboxSettings(gateway=address, retry_seconds=0)
    with Gateway(settings, {}) as gateway:
        return send(home, settings, LIST_DATE, gateway, lambda: NOON + timedelta(minutes=minutes))


def killed_send(root: Path, address: str, wanted: int) -> None:
    """Send, ended at the wanted write; leaves the number of writes beside the home."""
    strike = _struck(root, wanted)
    send_from(Home(root), address)
    _leave(root, strike)


def killed_writing(root: Path, wanted: int) -> None:
    """Write a sheet, ended at the wanted write; leaves the number of writes beside the home."""
    strike = _struck(root, wanted)
    write_outbox(Home(root), OutboxSettings(), LIST_DATE, "csv", NOON)
    _leave(root, strike)


def _struck(root: Path, wanted: int) -> Strike:
    strike = Strike(root, wanted)
    strike.install()
    return strike


def _leave(root: Path, strike: Strike) -> None:
    root.with_name(f"{root.name}.writes").write_text(str(strike.count), encoding="utf-8")
