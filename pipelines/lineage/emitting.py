"""Emits events around each step, if settings ask for them; a night without lineage loads nothing of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.steps import Step

if TYPE_CHECKING:  # the library of events is an extra, and loading it takes a while
    from xuanpin.pipelines.lineage.emitter import Emitter

log = logging.getLogger("xuanpin")
StepEvents = Callable[[Step, Night], AbstractContextManager[None]]
"""Emits the events of one step: its start when the block is entered, and how it ended when it is left."""


@contextmanager
def emitting(request: RunRequest, *, is_all: bool) -> Iterator[StepEvents]:
    """Give what emits the events of the steps done within the block; with `is_all` those of the night itself, too.

    Nothing of lineage ends a night, changes a row or is waited for longer than the settings say.
    """
    emitter = None if request.settings.lineage.kind == "none" else _emitter(request)
    if emitter is None:
        yield _silent
        return
    with emitter.open(), emitter.night() if is_all else nullcontext():
        yield emitter.step


def _silent(step: Step, night: Night) -> AbstractContextManager[None]:
    return nullcontext()


def _emitter(request: RunRequest) -> Emitter | None:
    """Return the emitter, or None if there cannot be one: the night goes on, and the log says why."""
    try:
        from xuanpin.pipelines.lineage.emitter import Emitter

        return Emitter(request, os.environ)
    except ImportError:
        log.warning("lineage: the extra `lineage` is not installed; no events are sent")
    except (OSError, KeyError, ValueError) as error:
        # What it says may hold the key.
        log.warning("lineage: events cannot be sent (%s); see [lineage] in the settings", type(error).__name__)
    return None
