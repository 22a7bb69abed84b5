"""Packs a home that a release has written, as a fixture: `python -m tools.pack_home OUT.tar.xz`.

It runs the golden night (as of 2026-11-21, on tests/golden/sources of this checkout) with the `xuanpin` that stands
beside the interpreter, in an empty folder, and packs the home with fixed order, owners and times. For another release,
run it from here with that release's interpreter:

    git worktree add ../at-release v0.2.0
    make -C ../at-release .venv/.run
    ../at-release/.venv/bin/python -m tools.pack_home tests/fixtures/home_0_2_0.tar.xz

It needs nothing but the standard library and exits with the night's exit code where the night fails.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

AS_OF = "2026-11-21"
SOURCES = Path(__file__).resolve().parents[1] / "tests" / "golden" / "sources"


def main(out: Path) -> int:
    """Run the golden night and pack its home into `out`; return the night's exit code."""
    with tempfile.TemporaryDirectory(prefix="xuanpin-pack-") as folder:
        home = Path(folder) / "home"
        words = [xuanpin(), "nightly", "--as-of", AS_OF, "--sources", str(SOURCES), "--home", str(home)]
        done = subprocess.run(words, check=False)
        if done.returncode == 0:
            pack(home, out)
    return done.returncode


def xuanpin() -> str:
    """The program that is installed beside this interpreter."""
    return str(Path(sys.executable).with_name("xuanpin"))


def pack(home: Path, out: Path) -> None:
    """Write a folder to a .tar.xz file: the same content gives the same bytes."""
    with tarfile.open(out, "w:xz") as archive:
        for path in sorted(home.rglob("*")):
            archive.add(path, arcname=path.relative_to(home).as_posix(), recursive=False, filter=_plain)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
