"""Names the file that the engine cannot read to its end, and never what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from xuanpin.pipelines.engine import Engine, EngineError, open_memory
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drop_formats import RawFile, scan
from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.packing import RESEND
from xuanpin.pipelines.ingest.statements import drops as statements
from xuanpin.pipelines.typed.phrase import Phrase, phrase


class ReadAborted(InputRefused):
    """A file turned out to be damaged while the engine read it: the transaction is lost, and no more can be read."""


@contextmanager
def damage_told(files: list[RawFile]) -> Iterator[None]:
    """Raise ReadAborted, with the name of the file, where the engine fails in the block that reads these `files`."""
    try:
        yield
    except EngineError as error:
        # The engine's message quotes the line it could not read: only the file may be named.
        culprit = next((raw.drop for raw in files if f"{raw.file}" in str(error)), None) or _damaged(files)
        if culprit is None:
            raise
        raise ReadAborted(refused(culprit, *damage(str(error))).args[0]) from None


def damage(told: str) -> tuple[Phrase, Phrase]:
    """Return what is wrong with a file, and the cure, from what the engine `told`, which may quote a row."""
    place = _line_of(told)
    if "duplicate key" in told:
        return phrase("has an object that names a column twice{place}", place=place), phrase("send each column once")
    return phrase("cannot be read to its end{place}", place=place), RESEND


def _damaged(files: list[RawFile]) -> Drop | None:
    """Return the first file that cannot be read by itself, where the engine's message names none.

    A damaged Parquet file may say no more than "Out of buffer". The transaction is lost by then, so that another engine
    looks.
    """
    probe = open_memory()
    try:
        return next((raw.drop for raw in files if not _can_be_read(probe, raw)), None)
    finally:
        probe.close()


def _can_be_read(probe: Engine, raw: RawFile) -> bool:
    try:
        probe.query(statements.distinct_count(scan([raw])))
    except EngineError:
        return False
    return True


def _line_of(message: str) -> Phrase:
    words = message.replace(":", " ").split()
    for word, following in pairwise(words):
        if word.lower() == "line" and following.rstrip(".,").isdigit():
            return phrase(" (at line {line})", line=following.rstrip(".,"))
    return phrase(" (truncated or damaged)")
