"""Tells of each step as it begins and ends, where settings ask for it; a night without lineage loads none of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from xuanpin.pipelines.context import Night, RunRequest
from xuanpin.pipelines.steps import Step

if TYPE_CHECKING:  # the library of events is an extra, and loading it takes a while
    from xuanpin.pipelines.lineage.teller import Teller

log = logging.getLogger("xuanpin")
StepTold = Callable[[Step, Night], AbstractContextManager[None]]
"""Tells of one step: that it has begun, when the block is entered, and how it ended, when it is left."""


@contextmanager
def telling(request: RunRequest, *, is_all: bool) -> Iterator[StepTold]:
    """Give what tells of the steps that are done within the block; `is_all` tells of the night itself too.

    Nothing of lineage ends a night, changes a row or is waited for longer than the settings say.
    """
    teller = None if request.settings.lineage.kind == "none" else _teller(request)
    if teller is None:
        yield _silent
        return
    with teller.open(), teller.night() if is_all else nullcontext():
        yield teller.step


def _silent(step: Step, night: Night) -> AbstractContextManager[None]:
    return nullcontext()


def _teller(request: RunRequest) -> Teller | None:
    """Return what tells, or None where it cannot: the night goes on, and the log says why."""
    try:
        from xuanpin.pipelines.lineage.teller import Teller

        return Teller(request, os.environ)
    except ImportError:
        log.warning("lineage: the extra `lineage` is not installed; no events are sent")
    except (OSError, KeyError, ValueError) as error:
        # What it says may hold the key.
        log.warning("lineage: events cannot be sent (%s); see [lineage] in the settings", type(error).__name__)
    return None
