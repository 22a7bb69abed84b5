"""Prints how many rows each SQL file answered and whether the servers agree with DuckDB.

Run `python -m tests.parity.table [sc://…] …`; without an address Sail is asked. Exits with 1 where an answer differs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.parity.capture import portable_stems
from tests.parity.feeds import Calls, all_calls
from tests.parity.replay import cluster


def main(addresses: Sequence[str]) -> int:
    """Print one line a file, then what differs and the totals of each server."""
    with tempfile.TemporaryDirectory() as folder:
        calls = all_calls(Path(folder))
    stems = sorted(portable_stems())
    found = {name: _differences(calls, address) for name, address in _servers(addresses)}
    print("file", "calls", "rows", *found, sep="\t")
    for stem in stems:
        rows = sum(call.result.num_rows for call in calls.get(stem, ()))
        marks = ["differs" if differences[stem] else "equal" for differences in found.values()] if stem in calls else []
        print(stem, len(calls.get(stem, ())), rows, *marks, sep="\t")
    for name, differences in found.items():
        for stem in stems:
            for difference in differences.get(stem, ()):
                print(f"{name}: {stem}: {difference}")
        equal = sum(not several for several in differences.values())
        print(f"{name}: {equal} of {len(stems)} files equal, {len(stems) - len(calls)} not run")
    return int(any(several for differences in found.values() for several in differences.values()))


def _servers(addresses: Sequence[str]) -> list[tuple[str, str | None]]:
    return [(address, address) for address in addresses] or [("Sail", None)]


def _differences(calls: Calls, address: str | None) -> dict[str, list[str]]:
    """Return what differs in the calls of each file, none where all is equal."""
    with cluster(address) as opened:
        return {stem: [found for call in calls[stem] if (found := opened.difference(call))] for stem in sorted(calls)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
