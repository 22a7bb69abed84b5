"""The dear way to give history another meaning: forget what was derived, and let the next night read it all anew."""

from __future__ import annotations

from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.engine import Engine

DERIVED = (*(f"history.{table}" for table in TABLES["history"]), "ops.staged", "ops.judged", "ops.steps_done")
"""Tables that the next night fills again from source.* and from the published runs, in no certain order."""


def empty_derived_tables(engine: Engine) -> None:
    """Empty every table that a night derives from source.* and published/, in one transaction.

    For a migration after which these rows mean something else than before, where copying them would be wrong. The next
    night costs as much as the first one of the home and publishes what it would have published. What retention has let
    go of cannot be read again: words older than `chat_days` are no longer there, and mentions of such days become
    fewer. Sums of order lines that retention deleted go too.
    """
    with engine.transaction():
        for table in DERIVED:
            engine.clear(table)
