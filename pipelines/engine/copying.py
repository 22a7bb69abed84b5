"""Copies the database of a warehouse while nobody writes to it."""

from __future__ import annotations

import shutil
from pathlib import Path

from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.warehouse_file import WarehouseFile


def copy_warehouse(path: Path, copy: Path) -> None:
    """Copy the warehouse file at `path`, with what stands in its log, to `copy`; nothing of it is changed.

    Whoever reads it may go on. Raises HomeBusy while another process has it open for writing, UsageError where it
    cannot be read.
    """
    reading = WarehouseFile(path, {"access_mode": "read_only", **ALWAYS})
    held = reading.connect_to_read()
    try:
        log = path.with_name(f"{path.name}.wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(f"{copy.name}.wal"))
        # Last of all: a process that closes a file lets go of its lock, whichever of its handles that is.
        shutil.copyfile(path, copy)
    finally:
        held.close()
