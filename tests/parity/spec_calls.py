"""A plugin of pytest that takes down what the tests of a run ask of the engine.

Run with `-p tests.parity.spec_calls`; the calls are pickled into the file that XUANPIN_PARITY_CALLS names.
"""

from __future__ import annotations

import os
import pickle
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.parity.capture import Record, recording

VARIABLE = "XUANPIN_PARITY_CALLS"
_OPEN = pytest.StashKey[ExitStack]()
_RECORD = pytest.StashKey[Record]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to take down."""
    config.stash[_OPEN] = ExitStack()
    config.stash[_RECORD] = config.stash[_OPEN].enter_context(recording())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write what was taken down."""
    config.stash[_OPEN].close()
    Path(os.environ[VARIABLE]).write_bytes(pickle.dumps(config.stash[_RECORD].calls))
