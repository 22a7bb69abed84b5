"""Keeps pyarrow from loading pandas in a process that has no frames."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _FindsNoPandas(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse pandas, and leave all else to others."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)
        return None


def do_without_pandas() -> None:
    """Have pyarrow make arrays of lists without pandas, which takes a command .14 seconds to load.

    At the first array that it makes of a list, pyarrow looks whether there is pandas, to know a Series from a list, and
    goes by what it found; here it finds none. Who makes a frame of a table still gets one. For a process that has no
    frames, before all else: one that has could pass a Series as if it were a list.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, finder := _FindsNoPandas())
        pa.array([0])
        sys.meta_path.remove(finder)
