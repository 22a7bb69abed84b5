"""Names this program, and its release, in events."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("xuanpin")
PRODUCER = f"urn:xuanpin:{VERSION}"
