"""The receipt of an erasure: begun before anything is erased, so that one that was cut short is ended and not lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.typed.plain_files import require_plain

UNDER_WAY = "under way"
"""State of a receipt whose erasure has not ended; one that has ended carries no state."""


def begun_receipt(night: Night, customer_id: str) -> dict[str, Any]:
    """Return the receipt of an interrupted erasure of `customer_id`, or a new one without rows; it hashes the id."""
    digest = hashlib.sha256(customer_id.encode()).hexdigest()
    fresh = {
        "decision": "forget",
        "customer_sha256": digest,
        "at": night.now.isoformat(timespec="seconds"),
        "rows": {},
    }
    try:
        require_plain(_path(night.home, digest), night.home.root)
        found: dict[str, Any] = json.loads(_path(night.home, digest).read_text(encoding="utf-8"))
        is_begun = found.pop("state", None) == UNDER_WAY and isinstance(found["rows"], dict)
    except UNREADABLE:
        return fresh
    return found if is_begun else fresh


def keep_receipt(home: Home, receipt: dict[str, Any], state: str | None = None) -> None:
    """Write a receipt to HOME/reviews in one step, with a `state` until the erasure has ended."""
    home.reviews.mkdir(parents=True, exist_ok=True)
    content = receipt if state is None else receipt | {"state": state}
    run_store.replace_json(_path(home, receipt["customer_sha256"]), content)


def _path(home: Home, digest: str) -> Path:
    return home.reviews / f"forget-{digest[:16]}.json"
