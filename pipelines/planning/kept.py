"""Keeps the problems of the last runs in memory, so that a desk reads each once and not at every draft.

`most` problems are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from xuanpin.pipelines.planning.problem import Problem, read_problem

MOST_KEPT = 2
"""Problems kept: tonight's and one that somebody compares it with; one of 100,000 candidates takes 27 MB."""


class KeptProblems:
    """Reads problems by the folder of their run and keeps the last ones; threads may share it.

    The folder of a run is sealed and named by what it was made from, so what was read of it stays true.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep nothing yet, and later `most` problems."""
        self._most = most
        self._kept: OrderedDict[Path, Problem] = OrderedDict()
        self._lock = Lock()

    def read(self, folder: Path) -> Problem:
        """Return the problem of the run in `folder`; raises UsageError where there is none."""
        with self._lock:
            found = self._kept.pop(folder, None) or read_problem(folder)
            self._kept[folder] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return found
