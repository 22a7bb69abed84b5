"""Workers of a cluster, simulated: every block runs here alone, and what it costs and carries is counted.

Tables stand in files, as a cluster would hold them, so that the memory of the process is that of the driver.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from xuanpin.pipelines.engine.protocol import BlockFunction

MIB = 2**20


class CountingWorkers:
    """The part of an engine that a Spread uses; tables are files of `folder`.

    seconds: CPU-seconds of each block by task; down and up: bytes that the driver sent and fetched; simulated:
    CPU-seconds of the simulation, which a driver would not spend; passes: how often all blocks of a part worked.
    """

    has_workers = True

    def __init__(self, folder: Path) -> None:
        """Begin with no tables."""
        self._folder = folder
        self._files: dict[str, list[Path]] = {}
        self.seconds: dict[str, list[float]] = {}
        self.down = self.up = self.passes = 0
        self.simulated = 0.0

    def store(self, table: str, data: pa.Table, schema: pa.Schema | None = None) -> int:
        """Send rows."""
        del schema
        self.down += data.nbytes
        return self._replace(table, data)

    def append(self, table: str, data: str) -> int:
        """Leave further rows beside those of a table, where they were made."""
        # The file of a dropped table stays where another table has it.
        self._files[table] = self._files[table] + self._files[data]
        return int(self.read(data).num_rows)

    def read(self, table: str, *, order_by: Sequence[str] = ()) -> pa.Table:
        """Fetch a table, which is in order."""
        found = pa.concat_tables([_mapped(file) for file in self._files[table]])
        if order_by:
            self.up += found.nbytes
        return found

    def drop(self, *tables: str) -> None:
        """Remove tables."""
        for table in tables:
            files = self._files.pop(table)
            for file in set(files) - {file for others in self._files.values() for file in others}:
                file.unlink()

    def map_blocks(
        self, function: BlockFunction, tables: Mapping[str, str], *, by: str, into: str, schema: pa.Schema
    ) -> int:
        """Run a function block by block."""
        began, self.passes = time.process_time(), self.passes + hasattr(function, "task")
        rows = {name: self.read(table) for name, table in tables.items()}
        ends = {name: _ends(table[by].to_numpy()) for name, table in rows.items()}
        # What only moves rows is no work of theirs.
        seconds = self.seconds.setdefault(_name(function), []) if hasattr(function, "task") else []
        made = [schema.empty_table()]
        for block in range(len(next(iter(ends.values()))) - 1):
            parts = {name: rows[name].slice(at[block], at[block + 1] - at[block]) for name, at in ends.items()}
            started = time.process_time()
            made.append(function(parts).select(schema.names).cast(schema))
            seconds.append(time.process_time() - started)
        total = self._replace(into, pa.concat_tables(made))
        self.simulated += time.process_time() - began
        return total

    def _replace(self, table: str, data: pa.Table) -> int:
        if table in self._files:
            self.drop(table)
        path = self._folder / f"{uuid.uuid4().hex}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, data.schema) as writer:
            writer.write_table(data)
        self._files[table] = [path]
        return int(data.num_rows)


def _mapped(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _ends(block: np.ndarray) -> np.ndarray:
    return np.searchsorted(block, np.arange(int(block[0]), int(block[-1]) + 2))


def _name(function: BlockFunction) -> str:
    task = getattr(function, "task", function)
    return str(getattr(task, "func", task).__name__)
