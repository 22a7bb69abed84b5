"""The folder for copies of drops that the engine reads, under plain numbered names."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path


@dataclass
class Workspace:
    """A `folder` for the copies of one ingest, named by running numbers; the caller makes and removes it.

    The engine reads a path as a pattern and accepts only UTF-8, so it never gets the original name of a drop.
    """

    folder: Path
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def new(self, suffix: str) -> Path:
        """Name a file that does not exist yet: six digits and the suffix."""
        return self.folder / f"{next(self._numbers):06d}{suffix}"

    def link(self, file: Path, suffix: str) -> Path:
        """Return a numbered name with this `suffix` for `file`: a link, or a copy where there can be no links."""
        if file.parent == self.folder and file.suffix == suffix:
            return file
        target = self.new(suffix)
        try:
            target.symlink_to(file.resolve())
        except OSError:
            shutil.copyfile(file, target)
        return target

    def clear(self) -> None:
        """Remove the copies; drops themselves stay."""
        for entry in os.scandir(self.folder):
            if not entry.is_dir(follow_symlinks=False):
                Path(entry.path).unlink()

    def subfolder(self, name: str) -> Path:
        """Make a folder for files that stay until all tables are read."""
        folder = self.folder / name
        folder.mkdir()
        return folder
