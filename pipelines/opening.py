"""Opens the night of a request, where there is something to take in, and keeps the last list where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.steps import Step


def open_with_sources(request: RunRequest, steps: Sequence[Step]) -> AbstractContextManager[Night]:
    """Open the night of a `request` for some `steps`; a home is made only for one that has something to read."""
    if any(step.name.startswith("ingest") for step in steps):
        from xuanpin.pipelines.ingest.drops import require_sources

        require_sources(request, OPTIONAL)
    return open_night(request)


def never_empty(request: RunRequest, *, is_all: bool) -> AbstractContextManager[None]:
    """Have the list date of a `request` show the last good list where a whole night (`is_all`) fails in the block."""
    if not is_all:
        return nullcontext()
    from xuanpin.pipelines.republishing.fallback import FallbackOnFailure

    return FallbackOnFailure(request)
