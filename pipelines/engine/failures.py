"""What an engine raises, whichever database it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


class EngineError(Exception):
    """SQL or a file that the engine cannot run, told in the words of the engine; `kind` names the failure."""

    def __init__(self, told: str, kind: str) -> None:
        super().__init__(told)
        self.kind = kind

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str]]:
        """Let it come from another process."""
        return type(self), (str(self), self.kind)


@contextmanager
def failures_of_duckdb() -> Iterator[None]:
    """Raise what DuckDB raises within the block as an EngineError."""
    try:
        yield
    except duckdb.Error as error:
        raise EngineError(str(error), type(error).__name__) from error
