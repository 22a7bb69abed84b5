"""Files of the copy: as open as the folder that they are in, and gone once no snapshot names them."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

import pyarrow.fs
from pyiceberg.io import FileIO, OutputStream
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

from xuanpin.pipelines.home_modes import open_like_folder

OPEN_FILES = f"{__name__}.OpenFiles"
"""Name by which the library finds what reads and writes the files."""


class OpenFiles(PyArrowFileIO):
    """Reads and writes files as the library does, on this machine with modes like those of the folder above.

    A process that opens a home is private; what it publishes must not be.
    """

    def new_output(self, location: str) -> PyArrowFile:
        """Return the file at `location`, to be written."""
        scheme, netloc, path = self.parse_location(location, self.properties)
        kind = _OpenFile if scheme == "file" else PyArrowFile
        return kind(location, path, self.fs_by_scheme(scheme, netloc))


class _OpenFile(PyArrowFile):
    def create(self, overwrite: bool = False) -> OutputStream:
        path = Path(self._path)
        _make_open(path.parent)
        stream = super().create(overwrite)
        # Before it has content: once it has, a snapshot may name it.
        open_like_folder(path)
        return stream


def _make_open(folder: Path) -> None:
    if not folder.exists():
        _make_open(folder.parent)
        folder.mkdir(exist_ok=True)
        open_like_folder(folder)


def delete_others(io: FileIO, location: str, kept: Set[str]) -> int:
    """Delete every file below a `location` that is not among the locations `kept`; return how many.

    Raises ValueError where an `io` of another kind than ours cannot list files.
    """
    if not isinstance(io, PyArrowFileIO):
        raise ValueError(f"files of {type(io).__name__} cannot be listed")
    scheme, netloc, path = io.parse_location(location, io.properties)
    system = io.fs_by_scheme(scheme, netloc)
    paths = {io.parse_location(one, io.properties)[2] for one in kept}
    found = system.get_file_info(pyarrow.fs.FileSelector(path, recursive=True, allow_not_found=True))
    others = [info.path for info in found if info.type == pyarrow.fs.FileType.File and info.path not in paths]
    for other in others:
        system.delete_file(other)
    return len(others)
