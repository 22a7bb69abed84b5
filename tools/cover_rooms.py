"""Prints the coverage of each folder in the last test run, and checks two folders against their minimum.

Run `make cover`, which runs the tests before. A row is a folder of `models/` or `pipelines/`; section `cover` of
setup.cfg holds the minimums, in percent of a folder's branches. It exits with 1 when one is missed.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Count:
    """Lines and branches, and how many of them were run."""

    lines: int = 0
    covered_lines: int = 0
    branches: int = 0
    covered_branches: int = 0

    def add(self, summary: Mapping[str, int]) -> None:
        """Add one file's figures, named as in coverage's JSON report."""
        self.lines += summary["num_statements"]
        self.covered_lines += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.covered_branches += summary["covered_branches"]

    @property
    def line_percent(self) -> float:
        return _percent(self.covered_lines, self.lines)

    @property
    def branch_percent(self) -> float:
        return _percent(self.covered_branches, self.branches)


def main() -> int:
    """Print one line a folder, the minimums last; return 1 when one is missed, else 0."""
    counts = by_room(measured()["files"])
    width = max(map(len, counts))
    print(f"{'room':{width}}  branches      %   lines      %")
    for room, count in sorted(counts.items()):
        branches = f"{count.branches:8}  {count.branch_percent:5.1f}"
        print(f"{room:{width}}  {branches}  {count.lines:6}  {count.line_percent:5.1f}")
    found = [floor for floor in floors().items() if counts[floor[0]].branch_percent < floor[1]]
    for room, floor in found:
        print(f"{room}: {counts[room].branch_percent:.1f} % of branches, below the floor of {floor:g} in setup.cfg")
    return 1 if found else 0


def measured() -> dict[str, Any]:
    """Return coverage's JSON report of the data that lie in this folder."""
    coverage = Coverage()
    coverage.load()
    with TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        coverage.json_report(outfile=str(report))
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def by_room(files: Mapping[str, Any]) -> dict[str, Count]:
    """Sum the figures of files by top-level folder and by folder in it; other files count for the former."""
    counts: defaultdict[str, Count] = defaultdict(Count)
    for name, figures in files.items():
        folders = Path(name).parent.parts[:2]
        for depth in range(1, len(folders) + 1):
            counts["/".join(folders[:depth])].add(figures["summary"])
    return dict(counts)


def floors() -> dict[str, float]:
    """Return the minimum of each folder, in percent of its branches."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return {room: float(floor) for room, floor in settings["cover"].items()}


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


if __name__ == "__main__":
    sys.exit(main())
