"""Large tables as Parquet files that the cluster writes and reads; which files are in force is told from outside.

A write makes a folder of its own below the table's, with a folder `lake_part=…` for each value of the column that parts
the table, and never changes another: `source.orders/3f2…/lake_part=2026-11-20/*.parquet`. So a reader of the files in
force is never disturbed, and what a killed night has written is in force nowhere. The driver may not see the files:
everything goes through the cluster, on a shared path, s3a:// or hdfs:// alike. A cluster cannot list or delete files,
but it can replace a folder by one without rows; which folders have ever been begun stands in a journal beside the
warehouse.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from xuanpin.pipelines.engine.cluster.types import struct_of
from xuanpin.pipelines.engine.opening import LASTING

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame, SparkSession

PART = "lake_part"
"""Column that names the folder of a row, and is in no file."""
WHOLE = "all"
"""Part of a table that has only one."""
NOTHING = "none"
"""Part of the rows whose parting column is null."""


@dataclass(frozen=True)
class Piece:
    """Rows of one part of a table that one write has made: the write's `folder` below the lake, `part`, and how many
    `rows`."""

    table: str
    folder: str
    part: str
    rows: int

    @property
    def path(self) -> str:
        """Where its files are, below the lake."""
        return f"{self.folder}/{PART}={self.part}"


class Lake:
    """The files below `root`, a folder as the cluster's workers name it; `journal` is a file of this machine."""

    def __init__(self, session: SparkSession, root: str, journal: Path) -> None:
        self._session = session
        self._root = root.rstrip("/")
        self._journal = journal
        self._own_journal()
        self._scratch: str | None = None

    def frame(self, pieces: Sequence[Piece], schema: pa.Schema) -> DataFrame:
        """Return the rows of some pieces of a table with the columns of `schema`.

        A column that came after a piece was written is null there.
        """
        struct = struct_of(schema)
        paths = [f"{self._root}/{piece.path}" for piece in pieces]
        if not paths:
            return self._session.createDataFrame(schema.empty_table(), struct)
        return self._session.read.schema(struct).parquet(*paths)

    def write(
        self, table: str, frame: DataFrame, by: str | None, counts: Mapping[str, int] | None = None
    ) -> list[Piece]:
        """Write the rows of a frame as new pieces of `table`, a part for each value of the column `by`.

        `counts` are the rows of each part; where they are not known, the cluster counts what it has written. Tables of
        a night share a folder of this session, which is soon emptied as one.
        """
        from pyspark.sql import functions as f

        is_lasting = table.partition(".")[0] in LASTING
        folder = f"{table if is_lasting else f'{self._own_folder()}/{table}'}/{uuid.uuid4().hex}"
        self._note(folder)
        part = f.lit(WHOLE) if by is None else f.coalesce(f.col(by).cast("string"), f.lit(NOTHING))
        rows = frame.withColumn(PART, part)
        path = f"{self._root}/{folder}"
        (rows if by is None else rows.repartition(PART)).write.partitionBy(PART).parquet(path)
        pieces = [Piece(table, folder, part, n) for part, n in sorted((counts or self._counted(path)).items())]
        self._note(*(piece.path for piece in pieces))
        return pieces

    def _counted(self, path: str) -> dict[str, int]:
        """Return how many rows each part of a write has."""
        from pyspark.sql import functions as f

        written = self._session.read.schema(f"{PART} string").parquet(path)
        counted = written.groupBy(PART).agg(f.count("*").alias("rows")).toArrow()
        return dict(zip(counted[PART].to_pylist(), counted["rows"].to_pylist(), strict=True))

    def publish(self, pieces: Iterable[Piece]) -> None:
        """Write down in the lake which pieces are in force from now on, for readers of it and in case of loss."""
        content = json.dumps({"pieces": [asdict(piece) for piece in pieces]}, ensure_ascii=False)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        row = self._session.createDataFrame(pa.table({"value": [content]}), "value string")
        row.coalesce(1).write.mode("overwrite").text(f"{self._root}/manifests/{name}")

    def purge(self, in_force: Iterable[Piece]) -> int:
        """Empty every folder that was ever begun and holds nothing of what is in force; return how many."""
        begun = self._begun()
        kept = {path for piece in in_force for path in (piece.path, *_above(piece.path))}
        left = {path for path in begun if path not in kept}
        # A folder that is emptied loses those below it too.
        stale = [path for path in begun if path in left and left.isdisjoint(_above(path))]
        nothing = self._session.createDataFrame(pa.table({"emptied": pa.array([], pa.bool_())}), "emptied boolean")
        for path in stale:
            nothing.write.mode("overwrite").parquet(f"{self._root}/{path}")
        if stale:
            header = self._journal.read_text(encoding="utf-8").splitlines()[:1]
            self._write_journal([*header, *(path for path in begun if path in kept)])
        if self._scratch in left:
            self._scratch = None
        return len(stale)

    def _own_folder(self) -> str:
        if self._scratch is None:
            self._scratch = f"scratch/{uuid.uuid4().hex}"
            self._note(self._scratch)
        return self._scratch

    def _own_journal(self) -> None:
        """Begin a journal where there is none, and go on with one whose home or lake was moved.

        A copy of a home that is still there has a journal of folders that are in force in the other: they are not this
        home's to empty.
        """
        own = {"journal": os.path.realpath(self._journal), "lake": _real(self._root)}
        lines = self._journal.read_text(encoding="utf-8").splitlines() if self._journal.exists() else []
        former = json.loads(lines[0]) if lines else own
        is_copy = own["journal"] != former["journal"] and Path(former["journal"]).exists()
        begun = [] if is_copy and own["lake"] == former["lake"] else lines[1:]
        if lines[:1] != [json.dumps(own)]:
            self._write_journal([json.dumps(own), *begun])

    def _begun(self) -> list[str]:
        return self._journal.read_text(encoding="utf-8").splitlines()[1:]

    def _note(self, *paths: str) -> None:
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.writelines(f"{path}\n" for path in paths)

    def _write_journal(self, paths: Iterable[str]) -> None:
        new = self._journal.with_name(f"{self._journal.name}.tmp")
        new.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        new.replace(self._journal)


def _above(path: str) -> list[str]:
    """Return the folders above a path of the lake."""
    return [str(folder) for folder in PurePosixPath(path).parents]


def _real(root: str) -> str:
    """Where a lake is, whatever link leads to it."""
    return root if "://" in root else os.path.realpath(root)
