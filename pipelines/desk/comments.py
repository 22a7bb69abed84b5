"""Keeps what people remark on a SKU of a list, beside the other records in HOME/reviews; it decides nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from xuanpin.models.text.redaction import redact_label, redact_words
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.republishing.records import COMMENT
from xuanpin.pipelines.run_store import sealing

DIGITS = 16
"""Hexadecimal digits in the name of a comment's file."""


def store_comment(home: Home, run: run_store.CurrentRun, sku_id: str, text: str, by: str, now: datetime) -> bool:
    """Store the remark `text` of `by` on `sku_id` of `run`, made `now` (zone-aware), without personal data.

    The same remark of the same person on the same run is one, however often it is sent: returns False for a repeated
    one. Raises UsageError where the home may not be written.
    """
    facts = {
        "list_date": run.list_date,
        "run_id": run.run_id,
        "sku_id": sku_id,
        "decision": COMMENT,
        "by": redact_label(by),
        "reason": redact_words(text),
    }
    stamp = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:DIGITS]
    path = home.reviews / f"{COMMENT}-{run.list_date}-{stamp}.json"
    with sealing.lock_published(home):
        if path.exists():
            return False
        home.reviews.mkdir(parents=True, exist_ok=True)
        run_store.replace_json(path, facts | {"at": now.isoformat(timespec="seconds")})
    return True
