"""Builds the wheel from a clean copy of this checkout and compares it with the tree, in both directions.

Run `python -m tools.wheel`; the wheel lies in `dist/`. It prints one line a difference and exits with 1 when there is
any.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "xuanpin"
"""The one name that the wheel installs."""

PAGES = {".md"}
"""Suffixes of what is read by people in the checkout, not by the program."""


def main() -> int:
    """Build the wheel into dist/ and print how it differs from the tree; return 1 when it does, else 0."""
    with TemporaryDirectory() as folder:
        copy = clean_copy(ROOT, Path(folder, "tree"))
        wheel = build(copy, ROOT / "dist")
        found = differences(wheel, copy)
    print(
        "\n".join([*found, f"dist/{wheel.name}: {len(contents(wheel))} files, {len(found)} differences from the tree"])
    )
    return 1 if found else 0


def clean_copy(root: Path, to: Path) -> Path:
    """Copy a checkout without what .gitignore names; links stay links. Return the copy."""
    ignored = [line.strip("/") for line in (root / ".gitignore").read_text(encoding="utf-8").split()]
    return shutil.copytree(root, to, symlinks=True, ignore=shutil.ignore_patterns(".git", *ignored))


def build(source: Path, into: Path) -> Path:
    """Build the wheel of a source tree into a folder, in this environment; return the wheel's path."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder]
        subprocess.run([*command, source], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, into))


def differences(wheel: Path, tree: Path) -> list[str]:
    """Return what the wheel lacks of the package in a tree and what it holds beside it, one line each."""
    held, wanted = contents(wheel), package_files(tree)
    lacking = [f"not in the wheel: {name}" for name in sorted(wanted - held)]
    return lacking + [f"in the wheel alone: {name}" for name in sorted(held - wanted)]


def contents(wheel: Path) -> set[str]:
    """Return the names of the files that a wheel installs, its own description aside."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}


def package_files(tree: Path) -> set[str]:
    """Return the names of the package's files in a clean copy, those of the rooms that are linked into it included."""
    names = {path.name for path in (tree / PACKAGE).iterdir() if path.is_file()}
    for room in (path for path in (tree / PACKAGE).iterdir() if path.is_dir()):
        names |= {f"{room.name}/{path.relative_to(room).as_posix()}" for path in room.rglob("*") if path.is_file()}
    return {f"{PACKAGE}/{name}" for name in names if Path(name).suffix not in PAGES}


if __name__ == "__main__":
    sys.exit(main())
