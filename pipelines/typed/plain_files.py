"""Tells a file that may be opened from what only looks like one: links out of its folder, pipes, devices."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from xuanpin.pipelines.typed.phrase import phrase


def leads_out(path: Path, root: Path) -> bool:
    """Whether `path`, with all its links followed, is outside the folder `root`, which may be a link itself."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def is_special(path: Path) -> bool:
    """Whether `path` is neither file nor folder nor missing: reading it might wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def require_plain(path: Path, root: Path) -> None:
    """Raise OSError, with the reason, where `path` leads out of the folder `root` or is no file that ends."""
    if path.is_symlink() and leads_out(path, root):
        raise OSError(0, phrase("it is a link to a place outside the home"))
    if is_special(path):
        raise OSError(0, phrase("it is a pipe, a device or a socket"))
